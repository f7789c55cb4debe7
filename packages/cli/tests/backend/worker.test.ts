import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test, vi } from "vitest";
import { betweenPresses, Folder, ndjson } from "../harness/axw.js";

const AGENTS = `agents:
  sh: {command: [sh, -c, 'read -r task; echo "$task" >> launches; echo "did $task"']}
  # It ends only when it is killed; its child is a process of its own.
  deaf: {command: [sh, -c, "trap '' TERM; read -r task; sleep 600 & echo $! >> pids; echo $$ >> pids; echo x >> launches; while :; do sleep 0.02; done"]}
  slow: {command: [sh, -c, 'read -r task; echo "$task" >> launches; while [ ! -e go ]; do sleep 0.02; done']}
`;

const flow = (agentId: string): string => `name: queued
version: "1.0.0"
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: ${agentId}, task: two, dependencies: [one]}
`;

// A process that has ended stays in the list until its parent asks for it.
function isAlive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(state.stdout.trim());
}

/** The ids of the living programs that run in a folder. */
function programsIn(folder: string): readonly number[] {
  const found = spawnSync(
    "sh",
    ["-c", 'ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -F "$0"', folder],
    {
      encoding: "utf8",
    },
  );
  return [...found.stdout.matchAll(/\/proc\/(\d+)\/cwd/g)].map(([, pid]) => Number(pid));
}

/** Queues a run in the folder's database, as a program that embeds the engine does. */
async function enqueue(folder: Folder, text: string): Promise<string> {
  const database = join(folder.path, ".ax/workflow.db");
  const engine = await WorkflowEngine.open({ database, executes: false });
  const startedFrom = { directory: folder.path };
  const { id } = await engine.enqueue(text, { startedFrom });
  await engine.close();
  return id;
}

describe("axw worker on a file", () => {
  test("performs queued runs with the agents of agents.yaml, says so, and ends with SIGTERM", async () => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const id = await enqueue(folder, flow("sh"));
    const worker = folder.start(["worker"]);
    await worker.until(/completed$/m);
    await worker.until(new RegExp(`run ${id.slice(-6)} of queued  completed`));
    worker.child.kill("SIGTERM");
    const { code, stdout } = await worker.ended;
    const lines = stdout.trimEnd().split("\n");
    expect([code, folder.launches()]).toEqual([0, ["one", "two"]]);
    const words = lines.map((line) => line.replace(/^[\d-]+ [\d:]+ {2}/, "").slice(0, 30));
    // The first attempt may start while the claim is being reported.
    const isClaim = (line: string): boolean => /^run \w{6} of queued {2}claim/.test(line);
    expect(words.filter(isClaim)).toHaveLength(1);
    expect(words.filter((line) => !isClaim(line))).toEqual([
      expect.stringMatching(/^worker \d+ on \.ax/),
      expect.stringMatching(/^run \w{6} {2}one#1 {2}sh {2}st/),
      expect.stringMatching(/^run \w{6} {2}one#1 {2}sh {2}co/),
      expect.stringMatching(/^run \w{6} {2}two#1 {2}sh {2}st/),
      expect.stringMatching(/^run \w{6} {2}two#1 {2}sh {2}co/),
      expect.stringMatching(/^run \w{6} of queued {2}compl/),
      expect.stringMatching(/^draining/),
      expect.stringMatching(/^stopped/),
    ]);
    expect((await folder.here(["result", id, "two"])).stdout).toBe("did two\n");
  });

  test("waits for running attempts when it drains, and releases the rest of the run", async () => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const id = await enqueue(folder, flow("slow"));
    const worker = folder.start(["worker", "--json"]);
    await folder.untilLaunched(2);
    worker.child.kill("SIGTERM");
    await worker.until(/worker_draining/);
    folder.write("go");
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    const types = ndjson(stdout).map(({ type, stepId }) => stepId ?? type);
    expect(types.filter((type) => type !== "run_claimed")).toEqual([
      ...["worker_started", "one", "one", "two"],
      ...["worker_draining", "two", "run_left", "worker_stopped"],
    ]);
    expect((await folder.here(["result", id, "two"])).code).toBe(0);
  });

  test("stops its programs with a second signal, and releases the run", async () => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const id = await enqueue(folder, flow("slow"));
    const worker = folder.start(["worker"]);
    await folder.untilLaunched(2);
    worker.child.kill("SIGINT");
    await worker.until(/draining/);
    await betweenPresses();
    worker.child.kill("SIGTERM");
    const { code, stdout } = await worker.ended;
    expect([code, stdout]).toEqual([
      130,
      expect.stringMatching(/stopping the agents[^]*two#1 {2}slow {2}stopped[^]*stopped\n$/),
    ]);
    expect(programsIn(folder.path)).toEqual([]);
    const list = await folder.here(["list"]);
    expect(list.stdout).toMatch(new RegExp(`${id.slice(-6)}.* queued`));
  });

  test("kills its programs with a third signal", async () => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    await enqueue(folder, flow("deaf"));
    const worker = folder.start(["worker"]);
    await folder.untilLaunched(2);
    for (const said of [/draining/, /stopping the agents/]) {
      worker.child.kill("SIGTERM");
      await worker.until(said);
      await betweenPresses();
    }
    worker.child.kill("SIGTERM");
    const { code, stdout } = await worker.ended;
    expect([code, stdout]).toEqual([130, expect.stringMatching(/stopped at once/)]);
    const pids = readFileSync(join(folder.path, "pids"), "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
  });

  test.each([
    [["--slots", "sh=2"], "--slots needs a backend that spreads"],
    [["--max-concurrent", "sh=2"], "--max-concurrent is for PostgreSQL"],
    [["--runs", "0"], "has nothing to do"],
    [["--listen", "0.0.0.0:1"], "--listen is for Restate"],
    [["--sink", "sqlite:a.db"], "--sink is for Restate"],
    [["--drain", "soon"], "--drain must be a duration"],
    [["--agents", "no-agents.yaml"], "neither a preset nor an existing file"],
    [["--agents", "claude"], "cannot be performed here"],
  ])("refuses %j", async (flags, message) => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const { code, stderr } = await folder.here(["worker", ...flags], { PATH: "/bin" });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(folder.has(".ax")).toBe(false);
  });
});

describe("axw worker on a server", () => {
  test.each([
    [["--slots", "other=1"], "--slots names the agent `other`"],
    [["--slots", "sh"], "--slots must be AGENT=N"],
    [["--slots", "sh=0"], "--slots must be AGENT=N"],
  ])("refuses %j", async (flags, message) => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const args = ["worker", "--backend", "restate://127.0.0.1:1?admin=1", ...flags];
    const { code, stderr } = await folder.here(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test.each([
    ["restate://127.0.0.1:1?admin=1", ["--listen", "127.0.0.1:0", "--register"]],
    ["postgres://axw:s3cret@127.0.0.1:1/runs", []],
  ])("that does not answer ends with an error: %s", async (backend, flags) => {
    const folder = new Folder({ "agents.yaml": AGENTS });
    const { code, stderr } = await folder.axw(["worker", "--backend", backend, ...flags]);
    expect([code, stderr]).toEqual([5, expect.stringMatching(/^error {2}database_/m)]);
    expect(stderr).not.toContain("s3cret");
  });

  test("names the agents of a preset for Restate", async () => {
    const { code, stderr } = await new Folder().here([
      ...["worker", "--backend", "restate://127.0.0.1:1?admin=1", "--agents", "simulated"],
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/must be named[^]*--slots/)]);
  });
});
