import { describe, expect, test } from "vitest";
import { caught, freshPaths, HASH, newRun, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("row-damage");

describe("a damaged row", () => {
  test("of a run is refused without affecting other runs, and is listed as failed", () => {
    const storage = withRun(path(), 1);
    storage.commit({
      newRuns: [{ ...newRun("r2"), createdAt: 2 }],
      artifacts: [],
      runs: [],
      logs: [],
    });
    withRaw(path(), (database) =>
      database.exec(`UPDATE workflow_runs SET inputs = '{"key":"other"}' WHERE run_id = 'r1'`),
    );
    expect(caught(() => storage.getRun("r1"))).toEqual(
      expect.objectContaining({ code: "journal_damaged", runId: "r1" }),
    );
    expect(
      storage.listRuns().map(({ runId, status, damage }) => [runId, status, damage !== undefined]),
    ).toEqual([
      ["r2", "running", false],
      ["r1", "failed", true],
    ]);
    storage.close();
  });

  test("of a definition is refused", () => {
    const storage = withRun(path(), 1);
    withRaw(path(), (database) =>
      database.exec("UPDATE workflow_definitions SET source = 'other'"),
    );
    expect(caught(() => storage.getWorkflow(HASH)).code).toBe("database_unusable");
    storage.close();
  });

  test.each([
    ["UPDATE workflow_runs SET state = 'resting'", "journal_damaged"],
    ["UPDATE workflow_runs SET context = '[1]'", "journal_damaged"],
    ["UPDATE workflow_runs SET owner_pid = -5", "journal_damaged"],
    ["UPDATE workflow_runs SET created_at = 9e999", "journal_damaged"],
  ])("after %s is refused as %s", (sql, code) => {
    const storage = withRun(path(), 1);
    withRaw(path(), (database) => {
      database.pragma("ignore_check_constraints = ON");
      database.exec(sql);
    });
    expect(caught(() => storage.getRun("r1")).code).toBe(code);
    storage.close();
  });

  test("of a command, a checkpoint or a log is refused", () => {
    const storage = withRun(path(), 1);
    storage.sendCommand({ runId: "r1", verb: "pause", argument: "{}", sentAt: 1 });
    const checkpoint = {
      checkpointId: "c1",
      runId: "r1",
      seq: 1,
      kind: "manual",
      createdAt: 1,
      completedCount: 0,
      payload: "{}",
      sha256: "e".repeat(64),
    } as const;
    write(storage, "r1", [], { checkpoints: [checkpoint] });
    storage.commit({
      newRuns: [],
      artifacts: [],
      runs: [],
      logs: [{ runId: "r1", stepId: "a", attemptNumber: 1, stream: "stdout", at: 1, text: "x" }],
    });
    withRaw(path(), (database) => {
      database.pragma("ignore_check_constraints = ON");
      database.exec(
        `UPDATE workflow_commands SET verb = 'Explode!';
         UPDATE workflow_checkpoints SET kind = 'x';
         UPDATE workflow_step_logs SET stream = 'x'`,
      );
    });
    const codes = [
      () => storage.pendingCommands("e1"),
      () => storage.getCheckpoint("c1"),
      () => storage.listCheckpoints("r1"),
      () => storage.readLogs("r1"),
    ].map((action) => caught(action).code);
    expect(codes).toEqual(Array.from({ length: 4 }, () => "database_unusable"));
    storage.close();
  });
});
