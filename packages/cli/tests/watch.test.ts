import { join } from "node:path";
import { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { CHAIN, Folder, ndjson, type Running, runIdIn, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const TERMINAL = { columns: 80, rows: 24 };
const TALKING = `name: sample
agents:
  talk: {command: [sh, -c, 'echo "half of it"; while [ ! -e go ] && [ -e flow.yaml ]; do sleep 0.02; done']}
steps:
  - {id: one, agentId: talk, task: one}
  - {id: two, agentId: talk, task: two, dependencies: [one]}
`;

/** A run in another process, whose step `two` (or `one`) waits for the file `go`. */
async function running(folder: Folder, step = "two"): Promise<{ run: Running; id: string }> {
  const run = folder.start(["run", "flow.yaml"]);
  await run.until(new RegExp(`^started +${step}`, "m"));
  const [row] = ndjson((await folder.here(["list", "--json"])).stdout);
  return { run, id: String(row?.["runId"]).slice(-6) };
}

/** `axw watch` in this process, on a terminal. */
function watching(folder: Folder, id: string): { io: FakeIo; code: Promise<number> } {
  const io = new FakeIo({ cwd: folder.path, terminal: TERMINAL });
  return { io, code: main(["watch", id], io) };
}

describe("axw watch", () => {
  test("shows on a terminal what another process runs, and ends with the run", async () => {
    const folder = new Folder({ "flow.yaml": TALKING });
    const { run, id } = await running(folder, "one");
    const { io, code } = watching(folder, id);
    await io.out.until(/running {5}one {2}\d+s {2}talk\n {14}└ half of it/);
    await io.out.until(/· pending {5}two {2}waits for one/);
    folder.write("go");
    expect(await code).toBe(0);
    await run.ended;
    expect(io.out.plain).toMatch(
      new RegExp(`^watching run ${id} of sample .*\\(process ${run.child.pid}\\)$`, "m"),
    );
    expect(io.out.plain).toMatch(/✔ completed {3}two {2}attempt 1/);
    expect(io.out.plain).toMatch(new RegExp(`✔ completed {2}run ${id} in .*: 2 of 2 completed\n`));
    expect(io.out.plain).toMatch(new RegExp(`next {3}axw show ${id}\n$`));
  });

  test("shows at once that the run is paused from elsewhere, and exits with 3 when it is at rest", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await running(folder);
    const { io, code } = watching(folder, id);
    await io.out.until(/running {5}two/);
    await folder.here(["pause", id]);
    await io.out.until(/‖ pausing: 1 step finishes/);
    folder.write("go");
    expect(await code).toBe(3);
    await run.ended;
    expect(io.out.plain).toMatch(new RegExp(`‖ paused {2}run ${id}: 2 of 3 completed`));
    expect(io.out.plain).toMatch(new RegExp(`next {3}axw resume ${id}\n$`));
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends with %s, while the run continues",
    async (signal) => {
      const folder = new Folder({ "flow.yaml": CHAIN });
      const { run, id } = await running(folder);
      const { io, code } = watching(folder, id);
      await io.out.until(/running {5}two/);
      io.send(signal);
      io.send(signal);
      expect(await code).toBe(130);
      expect(io.out.plain).toMatch(
        new RegExp(
          `Stopped watching: run ${id} continues in process ${run.child.pid}\\.\n` +
            `next {3}axw watch ${id}\n$`,
        ),
      );
      folder.write("go");
      expect((await run.ended).code).toBe(0);
    },
  );

  test("says that a run is orphaned as soon as its process is killed, and how to resume it", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await running(folder);
    const { io, code } = watching(folder, id);
    await io.out.until(/running {5}two/);
    run.child.kill("SIGKILL");
    expect(await code).toBe(3);
    const again = await folder.here(["watch", id]);
    const json = ndjson((await folder.here(["watch", id, "--json"])).stdout).at(-1);
    const orphaned = `Run ${id} is orphaned: its process ${run.child.pid} has ended.`;
    expect({
      shown: io.out.plain.includes(orphaned),
      next: /next {3}(.*)\n$/.exec(io.out.plain)?.[1],
      again: [again.code, again.stderr.includes(orphaned)],
      json,
    }).toEqual({
      shown: true,
      next: `axw resume ${id}`,
      again: [3, true],
      json: expect.objectContaining({ type: "run_orphaned", ownerState: "gone" }),
    });
    folder.write("go");
    expect((await folder.here(["resume", id])).code).toBe(0);
  });

  test.each([
    ["completed", "sh", 0],
    ["failed", "bad", 1],
  ])(
    "shows the end of a run that is %s, with the exit code of run",
    async (status, agentId, code) => {
      const steps = `  - {id: one, agentId: ${agentId}, task: one}\n`;
      const folder = new Folder({ "flow.yaml": workflow(steps) });
      const ran = await folder.here(["run", "flow.yaml"]);
      const id = runIdIn(ran.stdout);
      const watched = await folder.here(["watch", id]);
      const end = (text: string) => text.slice(text.indexOf("started"));
      expect({ code: watched.code, stdout: end(watched.stdout), stderr: watched.stderr }).toEqual({
        code,
        stdout: end(ran.stdout),
        stderr: ran.stderr,
      });
      const [last] = ndjson((await folder.here(["watch", id, "--json"])).stdout).slice(-1);
      expect([ran.code, last]).toMatchObject([code, { type: "run_ending", status }]);
      expect(ndjson((await folder.here(["events", id, "--json"])).stdout)).toEqual(
        ndjson((await folder.here(["watch", id, "--json"])).stdout).slice(0, -1),
      );
    },
  );

  test("exits with 4 for a cancelled run, and with 2 for an unknown one", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await running(folder);
    const { io, code } = watching(folder, id);
    await io.out.until(/running {5}two/);
    await folder.here(["cancel", id]);
    expect(await code).toBe(4);
    await run.ended;
    expect((await folder.here(["watch", "nope"])).code).toBe(2);
  });

  test("marks the results of simulated agents, which only their results reveal", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const ran = await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    const id = runIdIn(ran.stdout);
    const { io, code } = watching(folder, id);
    await code;
    const lines = io.out.plain
      .split("\n")
      .filter((line) => /✔ completed {3}\w+ {2}attempt/.test(line));
    const piped =
      (await folder.here(["watch", id])).stdout.match(/^completed .*attempt.*$/gm) ?? [];
    expect([...lines, ...piped].map((line) => line.endsWith("(simulated)"))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
  });

  test("watches a run of a program that embeds the engine", async () => {
    const folder = new Folder({ "flow.yaml": "" });
    let finish = (): void => undefined;
    const waits = new Promise<string>((resolve) => {
      finish = () => resolve("done");
    });
    await using engine = await WorkflowEngine.open({
      database: join(folder.path, "app.db"),
      agents: { worker: async () => waits },
    });
    const handle = await engine.start(
      "name: embedded\nsteps: [{id: one, agentId: worker, task: work}]\n",
    );
    const io = new FakeIo({ cwd: folder.path, terminal: TERMINAL });
    const code = main(["watch", handle.id, "--db", "app.db"], io);
    await io.out.until(/running {5}one/);
    finish();
    await handle.ending;
    expect([await code, /next {3}(.*)\n$/.exec(io.out.plain)?.[1]]).toEqual([
      0,
      `axw show ${handle.id.slice(-6)} --db app.db`,
    ]);
  });

  test("shows the last events of a long run, and how many came before", async () => {
    const steps = Array.from({ length: 300 }, (_, i) => `  - {id: s${i}, agentId: a, task: t}\n`);
    const folder = new Folder({ "flow.yaml": `name: long\nsteps:\n${steps.join("")}` });
    const args = ["run", "flow.yaml", "--agents", "simulated", "--concurrency", "1"];
    const id = runIdIn((await folder.here(args)).stdout);
    const { io, code } = watching(folder, id);
    expect(await code).toBe(0);
    const shown = io.out.plain.match(/✔ completed {3}s\d+ {2}attempt/g) ?? [];
    expect([shown.length < 200, shown.length > 50]).toEqual([true, true]);
    expect(io.out.plain).toMatch(/^The first \d+ events are not shown\.$/m);
  });
});
