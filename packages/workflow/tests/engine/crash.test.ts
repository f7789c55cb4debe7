import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStorage, RunReader, WorkflowEngine } from "../../src/index.js";
import { type LaunchedChild, launchChild } from "../support/launch-child.js";
import { workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-crash-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const CHILD = new URL("../support/crash-child.ts", import.meta.url).pathname;

function launch(...argv: string[]): LaunchedChild {
  const launched = launchChild(CHILD, argv);
  children.push(launched.child);
  return launched;
}

const definition = JSON.stringify(
  workflow({ a: [], b: ["a"], c: ["a"], wait: ["b", "c"], d: ["wait"], e: ["d", "c"] }),
);
const results = {
  a: { from: "a", given: [] },
  b: { from: "b", given: ["a"] },
  c: { from: "c", given: ["a"] },
  wait: { from: "wait", given: ["b", "c"] },
  d: { from: "d", given: ["wait"] },
  e: { from: "e", given: ["c", "d"] },
};

describe("kill -9 of the engine's process", () => {
  test("loses nothing: another process resumes immediately and repeats no completed step", async () => {
    const [database, launches] = [join(folder, "kill.db"), join(folder, "kill.txt")];
    const first = launch(database, launches, "start", definition);
    const runId = await first.line("run ");
    await first.line("waiting in wait/1");
    first.child.kill("SIGKILL");
    await first.exited;
    const storage = openSqliteStorage({ path: database });
    expect(storage.getRun(runId)).toMatchObject({
      status: "running",
      owner: { pid: first.child.pid },
    });
    storage.close();

    const second = launch(database, launches, "resume", runId);
    const ending = JSON.parse(await second.line("ending ")) as {
      status: string;
      results: unknown;
      metrics: { retries: number };
    };
    await second.exited;
    expect({
      status: ending.status,
      results: ending.results,
      retries: ending.metrics.retries,
    }).toEqual({
      status: "completed",
      results,
      retries: 0,
    });
    const launched = readFileSync(launches, "utf8").trim().split("\n");
    expect([launched.slice(0, 1), launched.slice(1, 3).sort(), launched.slice(3)]).toEqual([
      ["a/1"],
      ["b/1", "c/1"],
      ["wait/1", "wait/2", "d/1", "e/1"],
    ]);
  });
});

describe("two processes, one database", () => {
  test("let one watch and control a run owned by the other, but not claim it", async () => {
    const [database, launches] = [join(folder, "two.db"), join(folder, "two.txt")];
    const other = launch(database, launches, "start", definition);
    const runId = await other.line("run ");
    await other.line("waiting in wait/1");

    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => stepId },
    });
    await expect(engine.resume(runId)).rejects.toMatchObject({
      code: "run_owned_elsewhere",
      message: expect.stringContaining(String(other.child.pid)),
    });
    const running = RunReader.open(engine.storage, runId).catchUp();
    expect({ seen: running.row.status, stats: engine.getStats().running }).toEqual({
      seen: "running",
      stats: 1,
    });

    const checkpointId = await engine.checkpoint(runId, "from-outside");
    expect(engine.checkpoints.loadCheckpoint(checkpointId).completedSteps).toEqual(["a", "b", "c"]);
    await engine.pause(runId);
    expect(engine.storage.getRun(runId)?.status).toBe("paused");
    await expect(engine.checkpoint(runId, "again")).resolves.toMatch(/-/);
    await engine.pause(runId);
    await expect(engine.resume(runId)).rejects.toMatchObject({ code: "run_owned_elsewhere" });
    await engine.cancel(runId);
    const ending = JSON.parse(await other.line("ending ")) as { status: string };
    await other.exited;
    expect({ status: ending.status, state: engine.storage.getRun(runId)?.state }).toEqual({
      status: "cancelled",
      state: "cancelled",
    });
    await expect(engine.cancel(runId)).rejects.toMatchObject({ code: "run_not_resumable" });
  });

  test("let `recover` resume exactly the runs whose process has died", async () => {
    const [database, launches] = [join(folder, "recover.db"), join(folder, "recover.txt")];
    const dead = launch(database, launches, "start", definition);
    const deadRun = await dead.line("run ");
    await dead.line("waiting in wait/1");
    const live = launch(database, launches, "start", definition);
    const liveRun = await live.line("run ");
    await live.line("waiting in wait/1");
    dead.child.kill("SIGKILL");
    await dead.exited;

    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => stepId },
      recover: true,
    });
    expect(engine.activeRun(liveRun)).toBeUndefined();
    const ending = await engine.waitForCompletion(deadRun);
    expect({ status: ending.status, d: ending.results["d"] }).toEqual({
      status: "completed",
      d: "d",
    });
    live.child.kill("SIGKILL");
    await live.exited;
  });

  test("let one cancel a run after the other, its owner, has died", async () => {
    const [database, launches] = [join(folder, "cancel.db"), join(folder, "cancel.txt")];
    const dead = launch(database, launches, "start", definition);
    const runId = await dead.line("run ");
    await dead.line("waiting in wait/1");
    dead.child.kill("SIGKILL");
    await dead.exited;
    await using engine = await WorkflowEngine.open({ database });
    await engine.cancel(runId);
    expect(engine.storage.getRun(runId)).toMatchObject({ state: "cancelled", status: "cancelled" });
  });
});

describe("a run whose journal is damaged", () => {
  test("is refused at the damaged entry, stays unlocked, and does not affect other runs", async () => {
    const database = join(folder, "poisoned.db");
    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => Promise.reject(new Error(stepId)) },
    });
    const run = await engine.start(workflow({ a: [] }));
    await run.ending;
    const raw = new Database(database);
    raw.exec("UPDATE workflow_journal SET at = at + 1 WHERE entry_id % 100000000 = 3");
    raw.close();
    await expect(engine.resume(run.id)).rejects.toMatchObject({
      code: "journal_damaged",
      message: expect.stringContaining("entry 3"),
    });
    expect(engine.storage.listRuns({}).map(({ runId, owner }) => ({ runId, owner }))).toEqual([
      { runId: run.id, owner: undefined },
    ]);
    const other = await engine.start(workflow({ a: [] }));
    expect((await other.ending).status).toBe("failed");
  });
});

describe("WorkflowEngine.close", () => {
  test("stops and awaits the agents, and releases every run so that it can be resumed", async () => {
    const database = join(folder, "close.db");
    let stopped = false;
    const first = await WorkflowEngine.open({
      database,
      agents: {
        worker: ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener("abort", () =>
              setTimeout(() => {
                stopped = true;
                reject(signal.reason as Error);
              }, 20),
            ),
          ),
      },
    });
    const run = await first.start(workflow({ a: [] }));
    const ended = expect(run.ending).rejects.toMatchObject({ code: "engine_closed" });
    await first.close();
    await ended;
    expect(stopped).toBe(true);
    await using second = await WorkflowEngine.open({ database, agents: { worker: () => "done" } });
    const again = await second.resume(run.id);
    expect((await again.ending).results).toEqual({ a: "done" });
    await expect(first.start(workflow({ a: [] }))).rejects.toMatchObject({ code: "engine_closed" });
  });
});
