import { openPostgresStorage } from "@automatosx/backend-postgres";
import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { betweenPresses, Folder, ndjson, type Running } from "../harness/axw.js";
import { Served } from "../harness/Served.js";

const AGENTS = `agents:
  sh: {command: [sh, -c, 'read -r task; echo "$task" >> launches; echo "did $task"']}
  slow: {command: [sh, -c, 'read -r task; echo "$task" >> launches; while [ ! -e go ]; do sleep 0.02; done']}
`;

const flow = (...agentIds: readonly string[]): string => `name: sample
version: "1.0.0"
steps:
${agentIds.map((id, n) => `  - {id: s${n}, agentId: ${id}, task: t${n}${n === 0 ? "" : `, dependencies: [s${n - 1}]`}}`).join("\n")}
`;

const PROGRAM = `name: program
version: "1.0.0"
steps:
  - {id: env, run: {command: [sh, -c, 'echo ran >> launches; echo done']}}
`;

const OWN = `name: own
version: "1.0.0"
agents: {mine: {command: [sh, -c, 'read -r task; echo "$task" >> launches; echo done']}}
steps:
  - {id: one, agentId: mine, task: one}
`;

vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A folder whose commands use an empty database of the server. */
class PostgresFolder extends Folder {
  readonly url = server.createDatabase();
  readonly env = { AXW_BACKEND: this.url };

  constructor(files: Readonly<Record<string, string>> = {}) {
    super({ "agents.yaml": AGENTS, "flow.yaml": flow("sh", "sh"), ...files });
  }

  async worker(...flags: readonly string[]): Promise<Running> {
    const worker = this.start(["worker", ...flags], this.env);
    await worker.until(/worker \d+ on|worker_started/);
    return worker;
  }
}

describe("axw run on PostgreSQL", () => {
  test("refuses a run for which no worker is there, and queues it with --queue-anyway", async () => {
    const folder = new PostgresFolder();
    const refused = await folder.here(["run", "flow.yaml"], folder.env);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/No worker that performs runs is alive.*\n[^]*axw backend check\n$/),
    ]);
    const flags = ["--queue-anyway", "--detach", "--run-id", "waits"];
    expect((await folder.here(["run", "flow.yaml", ...flags], folder.env)).code).toBe(0);
    expect((await folder.here(["list"], folder.env)).stdout).toMatch(/^waits +○ queued /m);
    await folder.worker();
    expect((await folder.here(["watch", "waits"], folder.env)).code).toBe(0);
    expect(folder.launches()).toEqual(["t0", "t1"]);
  });

  test("names the agents that no worker serves, and the steps that use them", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("sh", "gpu") });
    await folder.worker();
    const { code, stderr } = await folder.here(["run", "flow.yaml"], folder.env);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/No live worker serves `gpu` \(for s1\)/),
    ]);
    expect((await folder.here(["list"], folder.env)).stdout).toBe("");
  });

  test("refuses programs of the workflow file, unless a worker allows them", async () => {
    const folder = new PostgresFolder({ "program.yaml": PROGRAM, "own.yaml": OWN });
    const worker = await folder.worker();
    for (const name of ["program.yaml", "own.yaml"]) {
      const { code, stderr } = await folder.here(["run", name], folder.env);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/no worker runs programs of/)]);
    }
    worker.child.kill("SIGTERM");
    await worker.ended;
    await folder.worker("--allow-file-agents");
    for (const name of ["program.yaml", "own.yaml"])
      expect((await folder.here(["run", name], folder.env)).code).toBe(0);
    expect(folder.launches()).toEqual(["ran", "one"]);
  });

  test("leaves the run to the workers with Ctrl-C, and says how to pause and cancel it", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow", "sh") });
    await folder.worker();
    const run = folder.start(["run", "flow.yaml", "--run-id", "left"], folder.env);
    await run.until(/^started/m);
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    const said = `${stdout}${stderr}`.replace(/\s+/g, " ");
    expect(code).toBe(130);
    expect(said).toContain("Stopped watching: run left continues on postgres://");
    expect(said).toContain("`axw pause left` pauses it, and `axw cancel left` ends it.");
    folder.write("go");
    expect((await folder.here(["watch", "left"], folder.env)).code).toBe(0);
  });

  test("performs the run in this process with --local", async () => {
    const folder = new PostgresFolder();
    const { code, stdout } = await folder.here(
      ["run", "flow.yaml", "--local", "--agents", "simulated", "--json"],
      folder.env,
    );
    const ending = ndjson(stdout).at(-1);
    expect([code, ending?.["status"], ending?.["database"]]).toEqual([0, "completed", folder.url]);
    expect(folder.launches()).toEqual([]);
  });

  test("refuses --agents, which are those of the workers", async () => {
    const folder = new PostgresFolder();
    const { code, stderr } = await folder.here(
      ["run", "flow.yaml", "--agents", "claude"],
      folder.env,
    );
    expect([code, stderr]).toEqual([2, expect.stringMatching(/workers perform the run/)]);
  });

  test("joins the run of an id that exists", async () => {
    const folder = new PostgresFolder();
    await folder.worker();
    const args = ["run", "flow.yaml", "--run-id", "once"];
    expect((await folder.here(args, folder.env)).code).toBe(0);
    const again = await folder.here(args, folder.env);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/already exists, completed/),
    ]);
    expect(folder.launches()).toEqual(["t0", "t1"]);
  });
});

describe("axw worker on PostgreSQL", () => {
  test("with --runs 0 performs attempts of the runs that another worker decides", async () => {
    const folder = new PostgresFolder();
    // Another machine, which has no agents.
    const decider = new Folder().start(["worker"], folder.env);
    await decider.until(/no agents, 20 runs at once/);
    const performer = await folder.worker("--runs", "0", "--json");
    const { code } = await folder.here(["run", "flow.yaml", "--run-id", "split"], folder.env);
    performer.child.kill("SIGTERM");
    const types = ndjson((await performer.ended).stdout).map(({ type }) => type);
    expect([code, folder.launches()]).toEqual([0, ["t0", "t1"]]);
    expect(types).toEqual([
      ...["worker_started", "attempt_started", "attempt_ended", "attempt_started"],
      ...["attempt_ended", "worker_draining", "worker_stopped"],
    ]);
    decider.child.kill("SIGTERM");
    const { stdout } = await decider.ended;
    expect(stdout).toMatch(/run split of sample {2}claimed[^]*run split of sample {2}completed/);
  });

  test("releases its runs when it drains, as soon as its own attempts have ended", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow", "sh") });
    const worker = await folder.worker("--drain", "10m");
    await folder.here(["run", "flow.yaml", "--run-id", "handed", "--detach"], folder.env);
    await folder.untilLaunched(1);
    worker.child.kill("SIGTERM");
    await worker.until(/draining/);
    folder.write("go");
    const { code, stdout } = await worker.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/s0#1 .*completed[^]*stopped\n$/)]);
    await folder.worker();
    expect((await folder.here(["watch", "handed"], folder.env)).code).toBe(0);
    expect(folder.launches()).toEqual(["t0", "t1"]);
  });

  test("stops its programs with a second signal, and another worker repeats their attempts", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow") });
    const worker = await folder.worker();
    await folder.here(["run", "flow.yaml", "--run-id", "moved", "--detach"], folder.env);
    await folder.untilLaunched(1);
    worker.child.kill("SIGTERM");
    await worker.until(/draining/);
    await betweenPresses();
    worker.child.kill("SIGTERM");
    const { code, stdout } = await worker.ended;
    expect([code, stdout]).toEqual([130, expect.stringMatching(/s0#1 .*stopped[^]*stopped\n$/)]);
    await folder.worker();
    // The program of the first attempt would still wait for this.
    await folder.untilLaunched(2);
    folder.write("go");
    expect((await folder.here(["watch", "moved"], folder.env)).code).toBe(0);
    expect(folder.launches()).toEqual(["t0", "t0"]);
  });

  test("killed while it performs an attempt is replaced by another worker", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow", "sh") });
    const first = await folder.worker("--runs", "0");
    await folder.worker("--slots", "slow=1", "--max-concurrent", "slow=2");
    const run = folder.start(["run", "flow.yaml"], folder.env);
    await folder.untilLaunched(1);
    first.child.kill("SIGKILL");
    folder.write("go");
    expect((await run.ended).code).toBe(0);
  }, 60_000);

  test("leaves its run to the next worker if it is killed, and list says so", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow") });
    const worker = await folder.worker();
    await folder.here(["run", "flow.yaml", "--run-id", "left", "--detach"], folder.env);
    await folder.untilLaunched(1);
    worker.child.kill("SIGKILL");
    await worker.ended;
    const list = await folder.here(["list"], folder.env);
    expect(list.stdout).toMatch(/left +○ queued .* it waits for a worker/);
  });
});

describe("axw approve on PostgreSQL", () => {
  test("lets a step that then fails be tried once", async () => {
    const folder = new PostgresFolder({
      "agents.yaml": "agents: {no: {command: [sh, -c, 'echo tried >> launches; exit 1']}}",
      "flow.yaml":
        'name: gated\nversion: "1.0.0"\nsteps:\n  - {id: ok, gate: {ask: "Go on?"}}\n' +
        "  - {id: no, agentId: no, task: t, dependencies: [ok], retry: {max: 0}}\n",
    });
    await folder.worker();
    await folder.here(["run", "flow.yaml", "--run-id", "gated"], folder.env);
    expect((await folder.here(["approve", "gated", "ok"], folder.env)).code).toBe(1);
    expect(folder.launches()).toEqual(["tried"]);
  });
});

describe("axw serve on PostgreSQL", () => {
  test("starts, pauses and resumes runs, which the workers perform", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("slow", "sh") });
    await folder.worker();
    const served = await Served.on(folder, folder.url).begun();
    const started = await served.ask("/runs", { workflow: "flow.yaml", runId: "mine" });
    expect(started).toMatchObject({ status: 202, body: { runId: "mine" } });
    await folder.untilLaunched(1);
    expect(await served.ask("/runs/mine/pause", {})).toMatchObject({ status: 202 });
    folder.write("go");
    expect((await folder.here(["watch", "mine"], folder.env)).code).toBe(3);
    expect(await served.ask("/runs/mine/resume", {})).toMatchObject({ status: 202 });
    expect((await folder.here(["watch", "mine"], folder.env)).code).toBe(0);
    expect(folder.launches()).toEqual(["t0", "t1"]);
  });
});

describe("axw backend check on PostgreSQL", () => {
  test("lists what there is, and exits with 2 if a run needs what no worker serves", async () => {
    const folder = new PostgresFolder({ "flow.yaml": flow("gpu") });
    const empty = await folder.here(["backend", "check"], folder.env);
    expect([empty.code, empty.stdout]).toEqual([2, expect.stringMatching(/has no tables yet/)]);
    const list = await folder.here(["list"], folder.env);
    expect([list.code, list.stderr]).toEqual([2, expect.stringMatching(/contains no runs yet/)]);
    await folder.here(["run", "flow.yaml", "--queue-anyway", "--detach"], folder.env);
    const none = await folder.here(["backend", "check"], folder.env);
    expect([none.code, none.stdout]).toEqual([2, expect.stringMatching(/workers +none is alive/)]);
    await folder.worker();
    const { code, stdout } = await folder.here(["backend", "check", "--json"], folder.env);
    expect(code).toBe(2);
    expect(ndjson(stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ status: "ok", what: "runs", detail: "1 running" }),
        expect.objectContaining({ status: "ok", detail: expect.stringMatching(/: sh=4, slow=4;/) }),
        expect.objectContaining({ status: "missing", what: "agent gpu" }),
      ]),
    );
  });

  test("exits with 0 if the workers serve everything", async () => {
    const folder = new PostgresFolder();
    await folder.worker();
    const { code, stderr } = await folder.here(["backend", "check", folder.url]);
    expect([code, stderr]).toEqual([0, `next   axw list --backend ${folder.url}\n`]);
  });
});

describe("the care of a PostgreSQL database", () => {
  test("verifies the journals, and removes ended runs", async () => {
    const folder = new PostgresFolder();
    const flags = ["--local", "--agents", "simulated", "--run-id"];
    for (const id of ["first", "second"])
      expect((await folder.here(["run", "flow.yaml", ...flags, id], folder.env)).code).toBe(0);
    const verified = await folder.here(["doctor", "--verify"], folder.env);
    expect([verified.code, verified.stdout]).toEqual([
      0,
      expect.stringMatching(/journals +2 runs: every entry and checkpoint matches its hash/),
    ]);
    expect((await folder.here(["gc", "--vacuum"], folder.env)).code).toBe(2);
    expect((await folder.here(["gc", "--keep", "1", "--dry-run"], folder.env)).code).toBe(0);
    expect((await folder.here(["gc", "--keep", "1"], folder.env)).code).toBe(0);
    const { stdout } = await folder.here(["list", "--json"], folder.env);
    expect(ndjson(stdout).map(({ runId }) => runId)).toEqual(["second"]);
  });

  test("is kept small by `axw gc`, which lists first what it would remove", async () => {
    const bad = `name: bad\nversion: "1.0.0"\nsteps:\n  - {id: one, agentId: bad, task: one}\n`;
    const folder = new PostgresFolder({
      "agents.yaml": `${AGENTS}  bad: {command: [sh, -c, "exit 1"]}
  wide: {command: [sh, -c, 'read -r task; head -c 900000 /dev/zero | tr "\\0" "$task"']}\n`,
      "wide.yaml": flow("wide"),
      "bad.yaml": bad,
    });
    await folder.worker();
    const run = (file: string, id: string) =>
      folder.here(["run", file, "--run-id", id], folder.env);
    const codes = [await run("wide.yaml", "large"), await run("bad.yaml", "broken")];
    expect(codes.map(({ code }) => code)).toEqual([0, 1]);
    const gc = (...flags: readonly string[]) => folder.here(["gc", ...flags], folder.env);
    const listed = async (): Promise<unknown[]> => {
      const { stdout } = await folder.here(["list", "--json"], folder.env);
      return stdout === "" ? [] : ndjson(stdout).map(({ runId }) => runId);
    };
    const storage = await openPostgresStorage({ url: folder.url, waitMs: 10_000 });
    onTestFinished(() => storage.close());
    const result = (hash: string) => storage.getArtifact(hash)?.length;
    const entries = [...storage.readJournal("large")].map(({ payload }) => payload).join();
    const [, sha256 = ""] = /"artifact":"([0-9a-f]{64})"/.exec(entries) ?? [];
    expect(result(sha256)).toBe(900_002);
    const preview = await gc("--older-than", "0s", "--dry-run");
    expect(preview.stdout).toMatch(/^Would remove 1 run: about [^]*Kept 1 failed run/m);
    expect(await listed()).toEqual(["broken", "large"]);
    const removed = await gc("--older-than", "0s");
    expect([removed.code, removed.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^large +completed[^]*^Removed 1 run, 1 definition, 1 large result\.$[^]*^The tables have /m,
      ),
    ]);
    expect(await listed()).toEqual(["broken"]);
    const failed = await gc("--older-than", "0s", "--failed");
    expect([failed.code, await listed()]).toEqual([0, []]);
    const vacuum = await gc("--vacuum");
    expect([vacuum.code, vacuum.stderr]).toEqual([
      2,
      expect.stringMatching(/PostgreSQL reuses its space itself/),
    ]);
    expect(result(sha256)).toBeUndefined();
  });
});

describe("the password of a database", () => {
  test("appears in no output of a command, and in no list of processes", async () => {
    const folder = new PostgresFolder();
    await folder.worker();
    const url = folder.url.replace("axw@", "axw:s3cret@");
    const run = ["run", "flow.yaml", "--run-id", "secret", "--backend", url];
    const outputs = [
      await folder.here(run),
      await folder.here(["show", "secret", "--backend", url]),
      await folder.here(["list"], { AXW_BACKEND: url }),
      await folder.here(["backend", "check", url]),
      await folder.here(["show", "nothing", "--backend", url]),
      await folder.here(["list", "--backend", url.replace(/:\d+\//, ":1/")]),
    ];
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 2, 5]);
    expect(JSON.stringify(outputs)).not.toContain("s3cret");
    expect(JSON.stringify(outputs)).toContain(`--backend ${folder.url}`);
  });
});
