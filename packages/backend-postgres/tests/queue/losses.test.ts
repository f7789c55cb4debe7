import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mostAtOnce, Processes } from "./processes.js";
import { SilentProxy } from "./SilentProxy.js";
import { failuresOf, until, workflowOf, worldOn } from "./support.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

// A process that has ended stays in the list until its parent asks for it.
function isAlive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(state.stdout.trim());
}

const fan = (count: number, ms: number, more: Readonly<Record<string, unknown>> = {}) =>
  workflowOf(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`s${index}`, { with: { ms }, ...more }]),
    ),
  );

describe("kill -9", () => {
  test("of an engine repeats none of 40 attempts in flight", async () => {
    const url = server.createDatabase();
    using processes = new Processes();
    await Promise.all([processes.worker(url, 20), processes.worker(url, 20)]);
    const first = processes.engine(url, "start", JSON.stringify(fan(40, 3000)));
    await processes.noted("start", 40);
    first.process.kill("SIGKILL");
    await first.exited;
    const second = processes.engine(url, "resume", "job");
    expect(JSON.parse(await second.line("ending "))).toEqual({ status: "completed", retries: 0 });
    expect(processes.notes("start")).toHaveLength(40);
    expect(processes.notes("end")).toHaveLength(40);
  });

  test("of an engine loses no result of attempts that end while no engine is there", async () => {
    const url = server.createDatabase();
    using processes = new Processes();
    await processes.worker(url, 20);
    const first = processes.engine(url, "start", JSON.stringify(fan(20, 500)));
    await processes.noted("start", 20);
    first.process.kill("SIGKILL");
    await processes.noted("end", 20);
    const second = processes.engine(url, "resume", "job");
    expect(JSON.parse(await second.line("ending "))).toEqual({ status: "completed", retries: 0 });
    expect(processes.notes("start")).toHaveLength(20);
  });

  test("of a worker interrupts its attempts within the heartbeat, and uses up no retry", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    const doomed = await processes.worker(world.url, 5);
    const run = await engine.start(fan(5, 15_000, { retries: 0 }), { runId: "job" });
    await processes.noted("start", 5);
    const killedAt = Date.now();
    doomed.process.kill("SIGKILL");
    await processes.worker(world.url, 5);
    await processes.noted("start", 10);
    const tookMs = Date.now() - killedAt;
    expect(failuresOf(world.storage, "job")).toEqual(
      Array.from({ length: 5 }, () => [expect.any(String), "interrupted"]),
    );
    // The heartbeat of 10 s, and a look at the jobs each second.
    expect(tookMs).toBeLessThan(14_000);
    await run.cancel();
    expect((await run.ending).metrics.retries).toBe(0);
  });
});

describe("a program that a worker has started", () => {
  const program = (path: string) => ({
    ...{ id: "program", name: "program" },
    // It ignores TERM.
    steps: [{ id: "a", run: { script: `trap '' TERM; echo $$ >> ${path}; exec sleep 600` } }],
  });
  const pidsIn = (path: string): readonly number[] =>
    existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map(Number) : [];

  test("is ended by another worker of the host if its own is killed", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    const doomed = await processes.worker(world.url, 1);
    const path = join(processes.folder, "pids.txt");
    const run = await engine.start(program(path));
    await until(() => pidsIn(path).length === 1);
    const [left = 0] = pidsIn(path);
    doomed.process.kill("SIGKILL");
    await doomed.exited;
    expect(isAlive(left)).toBe(true);
    await processes.worker(world.url, 1);
    expect(isAlive(left)).toBe(false);
    await until(() => pidsIn(path).length === 2);
    await run.cancel();
    expect((await run.ending).status).toBe("cancelled");
    await until(() => !isAlive(pidsIn(path)[1] ?? 0));
  });

  test.each(["SIGKILL", "SIGSTOP"] as const)(
    "is ended after %s to its worker before another host repeats its attempt",
    async (signal) => {
      await using world = worldOn(server.createDatabase());
      using processes = new Processes();
      const { engine } = await world.engine();
      const lost = await processes.worker(world.url, 1);
      const path = join(processes.folder, "pids.txt");
      const run = await engine.start(program(path), { runId: "job" });
      await until(() => pidsIn(path).length === 1);
      const [left = 0] = pidsIn(path);
      lost.process.kill(signal);
      // No worker of this host is there to end it.
      await until(() => failuresOf(world.storage, "job").length === 1);
      expect(isAlive(left)).toBe(false);
      await run.cancel();
      expect((await run.ending).status).toBe("cancelled");
    },
  );
});

describe("a worker that stands still for longer than its heartbeat", () => {
  test("stops its agents when it continues, and whatever they answer is declined", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    const frozen = await processes.worker(world.url, 2);
    const run = await engine.start(
      workflowOf({ long: { with: { ms: 13_000 } }, short: { with: { ms: 3000 } } }),
      { runId: "job" },
    );
    await processes.noted("start", 2);
    frozen.process.kill("SIGSTOP");
    const other = await processes.worker(world.url, 2);
    await processes.noted("start", 4);
    frozen.process.kill("SIGCONT");
    const { results } = await run.ending;
    expect(results).toEqual({ long: other.process.pid, short: other.process.pid });
    expect(
      failuresOf(world.storage, "job")
        .map((one) => one.join())
        .toSorted(),
    ).toEqual(["long,interrupted", "short,interrupted"]);
    const own = processes.notes().filter(({ pid }) => pid === frozen.process.pid);
    const ends = own.filter(({ what }) => what !== "start");
    // The timer of the short one may come first: it has an answer then, which is declined.
    expect(ends).toHaveLength(2);
    expect(ends.find(({ key }) => key.includes("/long/"))?.what).toBe("stop");
  });
});

describe("a worker that cannot reach the database", () => {
  test("has stopped its agents before another worker repeats their attempts", async () => {
    await using world = worldOn(server.createDatabase());
    await using proxy = await SilentProxy.to(server.port);
    using processes = new Processes();
    const { engine } = await world.engine();
    const cut = await processes.worker(proxy.urlFor(world.url), 3);
    const run = await engine.start(fan(3, 60_000), { runId: "job" });
    await processes.noted("start", 3);
    await processes.worker(world.url, 3);
    proxy.isSilent = true;
    await processes.noted("start", 6);
    const stops = processes.notes("stop");
    expect(stops.map(({ pid }) => pid)).toEqual(Array(3).fill(cut.process.pid));
    const repeatedAt = processes.notes("start")[3]?.at ?? 0;
    for (const { at } of stops) expect(at).toBeLessThan(repeatedAt);
    expect(mostAtOnce(processes.notes())).toBe(3);
    await run.cancel();
    await run.ending;
  });
});

describe("an engine that cannot reach the queue", () => {
  test("repeats nothing, and has the results once the network is back", async () => {
    await using world = worldOn(server.createDatabase());
    await using proxy = await SilentProxy.to(server.port);
    using processes = new Processes();
    const { engine } = await world.engine({ queueUrl: proxy.urlFor(world.url) });
    await processes.worker(world.url, 10);
    const run = await engine.start(fan(10, 1500), { runId: "job" });
    await processes.noted("start", 10);
    proxy.isSilent = true;
    await processes.noted("end", 10);
    proxy.isSilent = false;
    expect((await run.ending).status).toBe("completed");
    expect(processes.notes("start")).toHaveLength(10);
    expect(failuresOf(world.storage, "job")).toEqual([]);
  });
});

describe("a database server that is killed and started again", () => {
  test("repeats nothing if it answers within the heartbeat", async () => {
    await using own = await startPostgres();
    await using world = worldOn(own.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    await processes.worker(world.url, 10);
    const run = await engine.start(fan(10, 3000), { runId: "job" });
    await processes.noted("start", 10);
    await own.kill();
    await own.restart();
    expect((await run.ending).status).toBe("completed");
    expect(processes.notes("start")).toHaveLength(10);
    expect(failuresOf(world.storage, "job")).toEqual([]);
  });
});

describe("SIGTERM to a worker", () => {
  test("lets its attempts end, while it takes no further ones", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    const leaving = await processes.worker(world.url, 2);
    const run = await engine.start(fan(4, 1500), { runId: "job" });
    await processes.noted("start", 2);
    leaving.process.kill("SIGTERM");
    await leaving.exited;
    expect([processes.notes("start").length, processes.notes("end").length]).toEqual([2, 2]);
    await processes.worker(world.url, 2);
    expect((await run.ending).status).toBe("completed");
    expect(processes.notes("start")).toHaveLength(4);
  });
});

describe("slots and limits", () => {
  test("two workers of 3 slots perform at most 6 attempts at once", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    await Promise.all([processes.worker(world.url, 3), processes.worker(world.url, 3)]);
    const run = await engine.start(fan(60, 40));
    expect((await run.ending).status).toBe("completed");
    expect(mostAtOnce(processes.notes())).toBe(6);
  });

  test("an agent's limit of 10 holds over two workers of 20 slots and two runs", async () => {
    await using world = worldOn(server.createDatabase());
    using processes = new Processes();
    const { engine } = await world.engine();
    await Promise.all([processes.worker(world.url, 20, 10), processes.worker(world.url, 20, 10)]);
    const runs = await Promise.all([engine.start(fan(100, 20)), engine.start(fan(100, 20))]);
    for (const run of runs) expect((await run.ending).status).toBe("completed");
    expect(mostAtOnce(processes.notes())).toBe(10);
  });
});

describe("a server without room on its disk", () => {
  // As PostgreSQL reports it: SQLSTATE 53100.
  const fills = (when: string): string => `
    CREATE FUNCTION axw_pgboss.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER refuse BEFORE ${when} EXECUTE FUNCTION axw_pgboss.refuse()`;
  const EMPTIES = "DROP FUNCTION axw_pgboss.refuse CASCADE";

  test("delays attempts that cannot be queued, and fails none", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    await world.worker({ agents: { worker: async () => "done" }, slots: 1 });
    await world.query(fills("INSERT ON axw_pgboss.job FOR EACH ROW"));
    const run = await engine.start(workflowOf({ a: { retries: 0 } }), { runId: "job" });
    await expect(
      Promise.race([run.ending, new Promise((resolve) => setTimeout(resolve, 1000, "delayed"))]),
    ).resolves.toBe("delayed");
    await world.query(EMPTIES);
    expect(await run.ending).toMatchObject({ status: "completed", results: { a: "done" } });
  });

  test("delays the report of an outcome, and does not lose it", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    let performed = 0;
    await world.worker({ agents: { worker: async () => ++performed }, slots: 1 });
    await world.query(
      fills("UPDATE ON axw_pgboss.job FOR EACH ROW WHEN (NEW.state = 'completed')"),
    );
    const run = await engine.start(workflowOf({ a: { retries: 0 } }), { runId: "job" });
    await until(() => performed === 1);
    await expect(
      Promise.race([run.ending, new Promise((resolve) => setTimeout(resolve, 2000, "delayed"))]),
    ).resolves.toBe("delayed");
    await world.query(EMPTIES);
    expect(await run.ending).toMatchObject({ status: "completed", results: { a: 1 } });
  });
});
