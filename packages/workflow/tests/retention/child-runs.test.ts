import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { applyRetention, openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { salvageDatabase } from "../../src/salvage/index.js";
import { childRun, normalWorkflow } from "../support/normal-form.js";

const inner = normalWorkflow({ leaf: [] }, { id: "inner" });
const outer = normalWorkflow({ in: childRun(inner) }, { id: "outer" }, [inner]);
const other = normalWorkflow({ leaf: ["one"], one: [] }, { id: "other" });

const pathOf = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "axw-child-retention-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
};

/** Starts the workflows one after the other, each with its id as the id of its run. */
async function database(...ids: readonly string[]): Promise<string> {
  const path = pathOf("workflow.db");
  const engine = await WorkflowEngine.open({ database: path, agents: { "*": () => 1 } });
  for (const id of ids) {
    const run = await engine.start(id.startsWith("other") ? other : outer, { runId: id });
    await run.ending;
  }
  await engine.close();
  return path;
}

describe("retention", () => {
  test("removes a child run together with its parent, and never before it", async () => {
    const path = await database("r1", "r2", "other");
    const storage = openSqliteStorage({ path });
    onTestFinished(() => storage.close());
    const ids = (): string[] =>
      storage
        .listRuns()
        .map(({ runId }) => runId)
        .sort();
    const report = await applyRetention(storage, { maxRunCount: 2 });
    expect([report.removedRuns.completed, report.kept, ids()]).toEqual([
      ...[2, []],
      ["other", "r2", "r2.in"],
    ]);
    const hashes = (): string[] =>
      storage
        .listWorkflows()
        .map(({ hash }) => hash)
        .sort();
    expect(hashes()).toEqual([inner.hash, outer.hash, other.hash].sort());
    const planned = await applyRetention(storage, { maxRunCount: 0 }, { isDryRun: true });
    expect([planned.removedRuns.completed, planned.kept]).toEqual([3, []]);
    await applyRetention(storage, { maxRunCount: 1 });
    expect([ids(), hashes()]).toEqual([["other"], [other.hash]]);
  });

  test("keeps the definition of a run that a step may still start", async () => {
    const path = pathOf("workflow.db");
    const engine = await WorkflowEngine.open({
      database: path,
      agents: { "*": ({ runId, stepId }) => (runId === "late" ? new Promise(() => 0) : stepId) },
      abandonAfterMs: 0,
    });
    const late = normalWorkflow({ a: [], in: { after: ["a"], ...childRun(inner) } }, {}, [inner]);
    await (await engine.start(outer, { runId: "r" })).ending;
    await engine.start(late, { runId: "late" });
    const { removedRuns } = await applyRetention(engine.storage, { maxRunCount: 0 });
    expect([removedRuns.completed, engine.storage.getWorkflow(inner.hash)?.workflowId]).toEqual([
      2,
      "inner",
    ]);
    await engine.close();
  });
});

describe("a copy that salvage makes", () => {
  test("has the child runs under their parent", async () => {
    const path = await database("r");
    const target = pathOf("copy.db");
    const { runs } = salvageDatabase({ from: path, to: target });
    expect(runs.map(({ runId, lost }) => [runId, lost])).toEqual([
      ["r", []],
      ["r.in", []],
    ]);
    const storage = openSqliteStorage({ path: target });
    onTestFinished(() => storage.close());
    expect(storage.listChildRuns("r").map((run) => [run.runId, run.parentStepId])).toEqual([
      ["r.in", "in"],
    ]);
  });
});
