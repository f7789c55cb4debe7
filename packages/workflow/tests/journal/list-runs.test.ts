import { describe, expect, test } from "vitest";
import { type ListFilter, listRuns } from "../../src/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import type { RunCommit, RunOwner } from "../../src/storage/StoragePort.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { definition, newRun, write } from "../storage/fixture.js";

const NOW = 1000;
const elsewhere: RunOwner = {
  ownerId: "far",
  host: "far",
  machine: "far",
  pid: 7,
  processStart: "s",
};
const here: RunOwner = { ownerId: "here", ...thisProcess() };

const paused: Partial<RunCommit> = {
  run: { state: "paused", status: "paused", updatedAt: 10, release: true },
};

/** The runs that match a filter, among five with a living owner, a lost one or none. */
function listed(filter: ListFilter): readonly string[] {
  const storage = openSqliteStorage({ path: ":memory:" });
  storage.saveWorkflow(definition);
  const owners = { alive: [here, 2000], expired: [elsewhere, 1], away: [elsewhere, 2000] } as const;
  let createdAt = 1;
  for (const [runId, [owner, leaseUntil]] of Object.entries(owners)) {
    createdAt += 1;
    storage.commit({
      newRuns: [{ ...newRun(runId), owner, leaseUntil, createdAt }],
      artifacts: [],
      logs: [],
      runs: [],
    });
  }
  for (const runId of ["released", "paused"]) {
    createdAt += 1;
    const run = { ...newRun(runId), owner: here, createdAt };
    storage.commit({ newRuns: [run], artifacts: [], logs: [], runs: [] });
  }
  storage.releaseLease("released", 1);
  const entry = { runId: "paused", seq: 1, type: "pause_workflow", at: 10, payload: "{}" };
  write(storage, "paused", [entry], paused);
  const ids = listRuns(storage, filter, NOW).map(({ runId }) => runId);
  storage.close();
  return ids;
}

describe("listRuns with isOrphaned", () => {
  test("lists the running runs that no living engine owns, newest first", () => {
    expect(listed({ isOrphaned: true })).toEqual(["released", "expired"]);
  });

  test("lists all other runs if it is false", () => {
    expect([
      listed({ isOrphaned: false }),
      listed({ status: "running", isOrphaned: false }),
    ]).toEqual([
      ["paused", "away", "alive"],
      ["away", "alive"],
    ]);
  });

  test("applies the limit to the runs that match", () => {
    expect([
      listed({ isOrphaned: true, limit: 1 }),
      listed({ isOrphaned: false, limit: 2 }),
      listed({ isOrphaned: true, limit: 0 }),
    ]).toEqual([["released"], ["paused", "away"], []]);
  });

  test("lists no run of another status as orphaned", () => {
    expect(listed({ status: "paused", isOrphaned: true })).toEqual([]);
  });

  test("refuses a value that is not a boolean", () => {
    expect(() => listed({ isOrphaned: "yes" as never })).toThrow(/isOrphaned/);
  });
});
