import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import {
  CheckpointManager,
  listRuns,
  openSqliteStorage,
  RunReader,
  WorkflowEngine,
} from "../../src/index.js";
import { workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-check-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/**
 * What readers report about a failed run, next to a completed one, after this SQL has changed its
 * rows.
 */
async function after(sql: string): Promise<{ shown: string; listed: string | undefined }> {
  count += 1;
  const database = join(folder, `${count}.db`);
  const engine = await WorkflowEngine.open({
    database,
    agents: { worker: ({ stepId }) => (stepId === "b" ? Promise.reject(new Error("no ink")) : 1) },
  });
  await (await engine.start(workflow({ a: [] }))).ending;
  const run = await engine.start(workflow({ a: [], b: ["a"] }));
  await run.ending;
  await engine.close();
  const raw = new Database(database);
  raw.pragma("ignore_check_constraints = ON");
  raw.exec(`${sql} WHERE run_id = '${run.id}'`);
  raw.close();
  const storage = openSqliteStorage({ path: database });
  try {
    const listed = listRuns(storage).find(({ runId }) => runId === run.id)?.damage;
    try {
      return { shown: RunReader.open(storage, run.id).catchUp().row.status, listed };
    } catch (error) {
      return { shown: (error as Error).message.replace(run.id, "R"), listed };
    }
  } finally {
    storage.close();
  }
}

describe("a run's row that does not fit its journal", () => {
  test.each([
    [
      "error",
      "error = 'step `b` failed: no oil'",
      /^Run R: its row is damaged: its error contradicts journal entry \d+\.$/,
    ],
    ["error code", "error_code = 'step_foiled'", /its error contradicts/],
    [
      "instant of the last change",
      "updated_at = updated_at + 1",
      /its last change \(at [\d.]+\) contradicts/,
    ],
    ["ending", "finished_at = finished_at + 1", /its end time \([\d.]+\) contradicts/],
    [
      "status",
      "status = 'completed', state = 'completed', error = NULL, error_code = NULL",
      /its status \(completed\) contradicts/,
    ],
    [
      "status, to one that is not an ending",
      "status = 'paused', state = 'paused', error = NULL, error_code = NULL, finished_at = NULL",
      /its status \(paused\) contradicts/,
    ],
    ["position in the journal", "journal_seq = journal_seq - 1", /its row is damaged/],
    [
      "end of the journal",
      "journal_seq = journal_seq + 1",
      /the journal is damaged at entry \d+: it is missing/,
    ],
  ])(
    "is refused, and listed as damaged, when it has a different %s",
    async (_, change, message) => {
      const { shown, listed } = await after(`UPDATE workflow_runs SET ${change}`);
      expect(shown).toMatch(message);
      expect(listed).toMatch(/damaged/);
    },
  );

  test("is accepted in the control case, where only its lease was changed", async () => {
    expect(await after("UPDATE workflow_runs SET lease_epoch = lease_epoch + 1")).toEqual({
      shown: "failed",
      listed: undefined,
    });
  });
});

describe("a definition that was changed", () => {
  test("is reported for every listed run pinned to it", async () => {
    const { listed } = await after(
      "UPDATE workflow_definitions SET name = 'another'; UPDATE workflow_runs SET run_id = run_id",
    );
    expect(listed).toMatch(/its content does not match its hash/);
  });
});

describe("a run that was restored from a checkpoint", () => {
  /**
   * The status of a restored run after this SQL and a pruning, or the reason why it cannot be read.
   */
  async function restored(sql: string): Promise<string> {
    count += 1;
    const database = join(folder, `${count}.db`);
    const engine = await WorkflowEngine.open({
      database,
      checkpoint: { every: 1 },
      agents: {
        worker: ({ stepId, attemptNumber }) =>
          stepId === "b" && attemptNumber === 1 ? Promise.reject(new Error("no")) : 1,
      },
    });
    const run = await engine.start(workflow({ a: [], b: ["a"] }));
    await run.ending;
    const [checkpoint] = engine.checkpoints.listCheckpoints(run.id);
    await (await engine.resume(checkpoint?.checkpointId ?? "none")).ending;
    await engine.close();
    const raw = new Database(database);
    raw.exec(sql);
    raw.close();
    const storage = openSqliteStorage({ path: database });
    try {
      const pruned = new CheckpointManager(storage).pruneCheckpoints(run.id, 0);
      if (pruned > 0)
        return `pruned ${pruned}, then ${RunReader.open(storage, run.id).catchUp().row.status}`;
      return RunReader.open(storage, run.id).catchUp().row.status;
    } catch (error) {
      return (error as Error).message;
    } finally {
      storage.close();
    }
  }

  test("is refused when that checkpoint is missing or damaged", async () => {
    expect(await restored("DELETE FROM workflow_checkpoints")).toMatch(
      /checkpoint .*, which journal entry \d+ restores, is missing/,
    );
    expect(await restored("UPDATE workflow_checkpoints SET seq = seq - 1")).toMatch(
      /restores, is damaged/,
    );
  });

  test("keeps that checkpoint when other checkpoints are pruned", async () => {
    expect(await restored("UPDATE workflow_checkpoints SET kind = kind")).toBe("completed");
  });
});

describe("CheckpointManager.listCheckpoints", () => {
  test("reports the checkpoint that does not match its hash", async () => {
    await using engine = await WorkflowEngine.open({
      database: join(folder, "listed.db"),
      agents: { worker: () => 1 },
    });
    const run = await engine.start(
      workflow({ a: { checkpoint: "first" }, b: { dependencies: ["a"], checkpoint: "second" } }),
    );
    await run.ending;
    const raw = new Database(join(folder, "listed.db"));
    raw.exec("UPDATE workflow_checkpoints SET name = 'fjrst' WHERE name = 'first'");
    raw.close();
    const listed = engine.checkpoints
      .listCheckpoints(run.id)
      .map(({ name, damage }) => ({ name, damage }));
    expect(listed).toEqual([
      { name: "second", damage: undefined },
      { name: "fjrst", damage: "its sha-256 does not match" },
    ]);
  });
});
