import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort } from "../../src/index.js";
import type { ScriptedAnswer } from "../../src/testing/index.js";
import { copyRun } from "../support/copy-run.js";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

type Workflow = Parameters<Bench["engine"]["start"]>[0];

/**
 * A database with the copy of the run `r` as another backend executes it: as far as `script` lets
 * it come.
 */
async function copied(
  source: Workflow,
  script: Record<string, ScriptedAnswer>,
): Promise<StoragePort> {
  const elsewhere = openSqliteStorage({ path: ":memory:" });
  const b = await bench(script, { storage: elsewhere });
  const run = await b.engine.start(source, { runId: "r" });
  run.ending.catch(() => undefined);
  await b.clock.advance(1000);
  const here = openSqliteStorage({ path: ":memory:" });
  copyRun(elsewhere, here, "r");
  await b.engine.close();
  elsewhere.close();
  return here;
}

const chain = workflow({ a: [], b: ["a"], c: ["b"] });
const HALFWAY = { a: { result: 1 }, b: { hangs: true } } as const;

describe("a run that another backend executes", () => {
  test("is shown as running there, not as orphaned", async () => {
    const storage = await copied(chain, HALFWAY);
    await using b = await bench({}, { storage });
    expect(await b.engine.get("r")).toMatchObject({
      ...{ status: "running", isOrphaned: false, backend: "restate" },
    });
    expect([await b.engine.list({ isOrphaned: true }), await b.engine.list({})]).toMatchObject([
      [],
      [{ runId: "r", backend: "restate" }],
    ]);
  });

  test("is passed by when runs are recovered", async () => {
    const storage = await copied(chain, HALFWAY);
    await using b = await bench({}, { storage });
    expect([await b.engine.recover(), b.agent.started, storage.getRun("r")?.leaseEpoch]).toEqual([
      { handles: [], suspects: [], waiting: [], problems: [] },
      [],
      1,
    ]);
  });

  test("does not stop other runs from being recovered if its parent has ended there", async () => {
    const child = normalWorkflow({ x: gate("Continue?") }, { id: "child" });
    const parent = normalWorkflow({ c: childRun(child) }, {}, [child]);
    const storage = await copied(parent, {});
    storage.replicate({
      ...{ runId: "r", backend: "restate", afterSeq: [...storage.readJournal("r")].length },
      ...{ entries: [] },
      run: { state: "cancelled", status: "cancelled", updatedAt: 9, finishedAt: 9 },
    });
    await using b = await bench({}, { storage });
    expect(await b.engine.recover()).toMatchObject({ handles: [], problems: [] });
    expect(storage.getRun("r.c")?.status).not.toBe("cancelled");
  });

  test("refuses every verb that would execute it here, at once and unchanged", async () => {
    const storage = await copied(chain, HALFWAY);
    await using b = await bench({}, { storage });
    const { engine } = b;
    const verbs = [
      () => engine.resume("r"),
      () => engine.pause("r"),
      () => engine.cancel("r"),
      () => engine.checkpoint("r"),
      () => engine.start(chain, { runId: "r" }),
      () => engine.answer("r", "a", { approved: true }),
      () => engine.signal("r", "go"),
      () => engine.raiseBudget("r", { launches: 5 }),
      () => engine.editResult("r", "a", 2),
      () => engine.reopen("r", ["a"]),
    ];
    const before = storage.getRun("r");
    for (const verb of verbs)
      await expect(verb(), String(verb)).rejects.toMatchObject({
        code: "run_owned_elsewhere",
        message: expect.stringContaining("executed by restate"),
      });
    expect(await engine.send("r", { verb: "resume" })).toMatchObject({
      ok: false,
      code: "run_owned_elsewhere",
    });
    expect([storage.getRun("r"), b.agent.started]).toEqual([before, []]);
  });

  test("can be forked into a run of this database", async () => {
    const storage = await copied(chain, HALFWAY);
    await using b = await bench({}, { storage });
    const fork = await b.engine.fork("r", { runId: "f" });
    const run = await b.engine.resume(fork.runId);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect([b.agent.started, fork.backend]).toEqual([["b", "c"], undefined]);
  });
});

describe("WorkflowEngine.adopt", () => {
  test("continues the run here: completed steps are kept, those in flight tried again", async () => {
    const storage = await copied(chain, HALFWAY);
    await using b = await bench({ b: { result: 2 }, c: { result: 3 } }, { storage });
    const run = await b.engine.adopt("r");
    const { status, results } = await b.clock.advanceUntil(run.ending);
    expect([status, results, b.agent.started]).toEqual([
      "completed",
      { a: 1, b: 2, c: 3 },
      ["b", "c"],
    ]);
    const attempts = storage.listAttempts("r").map((one) => [one.stepId, one.status]);
    expect([attempts, storage.getRun("r")?.backend]).toEqual([
      [
        ["a", "completed"],
        ["b", "interrupted"],
        ["b", "completed"],
        ["c", "completed"],
      ],
      undefined,
    ]);
  });

  test("takes its child runs along, which its steps join", async () => {
    const child = normalWorkflow({ x: [], y: ["x"] }, { id: "child" });
    const parent = normalWorkflow({ c: childRun(child) }, {}, [child]);
    const storage = await copied(parent, { x: { result: 1 }, y: { hangs: true } });
    await using b = await bench({ y: { result: 2 } }, { storage });
    const run = await b.engine.adopt("r");
    const { results } = await b.clock.advanceUntil(run.ending);
    expect([results, b.agent.started]).toEqual([{ c: { x: 1, y: 2 } }, ["y"]]);
    expect(storage.listRuns({}).map(({ backend, status }) => [backend, status])).toEqual([
      [undefined, "completed"],
      [undefined, "completed"],
    ]);
  });

  test("refuses a run of this database", async () => {
    await using b = await bench({});
    await (await b.engine.start(chain, { runId: "r" })).ending;
    await expect(b.engine.adopt("r")).rejects.toMatchObject({ code: "run_not_resumable" });
    await expect(b.engine.adopt("none")).rejects.toMatchObject({ code: "run_not_found" });
  });

  test("refuses a run that has ended, and leaves it a copy", async () => {
    const storage = await copied(chain, {});
    await using b = await bench({}, { storage });
    await expect(b.engine.adopt("r")).rejects.toMatchObject({ code: "run_not_resumable" });
    expect(storage.getRun("r")?.backend).toBe("restate");
  });
});
