import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CheckpointManager } from "../../src/checkpoint/CheckpointManager.js";
import { hashCheckpoint } from "../../src/journal/load-snapshots.js";
import type { RunFilter } from "../../src/storage/StoragePort.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { caught, freshPaths, newRun, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("index-damage");

/** Changes the only page of an index behind SQLite's back. */
function corrupt(index: string, damage: (page: Buffer) => void): void {
  const [root, size] = withRaw(path(), (database) => [
    Number(
      database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(index),
    ),
    Number(database.pragma("page_size", { simple: true })),
  ]);
  const bytes = readFileSync(path());
  const before = Buffer.from(bytes);
  damage(bytes.subarray((root - 1) * size, root * size));
  expect(bytes.equals(before)).toBe(false);
  writeFileSync(path(), bytes);
}

describe("listRuns and countRuns", () => {
  const lastEntry = (page: Buffer): number => page.indexOf(Buffer.from([4, 3, 9, 1, 3])) + 4;
  test.each<[string, string, (page: Buffer) => void]>([
    ["lost an entry", "workflow_runs_by_age", (page) => page.writeUInt16BE(2, 3)],
    ["lost an entry", "workflow_runs_by_status", (page) => page.writeUInt16BE(2, 3)],
    ["lists one run twice", "workflow_runs_by_age", (page) => page.writeUInt8(2, lastEntry(page))],
    [
      "has a wrong status",
      "workflow_runs_by_status",
      (page) => page.write("ru~ning", page.indexOf("running")),
    ],
    [
      "is not in order",
      "workflow_runs_by_status",
      (page) => page.write("zunning", page.lastIndexOf("running")),
    ],
  ])("return every run when an index %s: %s", (_, name, damage) => {
    const storage = withRun(path(), 1);
    storage.commit({ newRuns: [newRun("r2"), newRun("r3")], artifacts: [], logs: [], runs: [] });
    storage.close();
    corrupt(name, damage);
    const after = openSqliteStorage({ path: path() });
    const ids = (filter?: RunFilter): string[] =>
      after.listRuns(filter).map(({ runId, damage }) => `${runId}${damage ?? ""}`);
    expect([ids(), ids({ status: "running" }), ids({ status: "running", limit: 2 })]).toEqual([
      ["r3", "r2", "r1"],
      ["r3", "r2", "r1"],
      ["r3", "r2"],
    ]);
    const claimable = after.listClaimable(1000, 10);
    const claimableIds = new Set(claimable.map(({ runId }) => runId));
    // It searches the index, so it may miss a run, which `listRuns` finds.
    expect([claimableIds.size, claimable.every(({ status }) => status === "running")]).toEqual([
      claimable.length,
      true,
    ]);
    expect([ids({ status: "failed" }), after.countRuns()]).toEqual([
      [],
      expect.objectContaining({ running: 3, failed: 0 }),
    ]);
    after.close();
  });
});

describe("listCheckpoints", () => {
  test.each<[string, string, (page: Buffer) => void, string?]>([
    ["lost an entry", "workflow_checkpoints_by_run", (page) => page.writeUInt16BE(3, 3)],
    [
      "names another run",
      "workflow_checkpoints_by_run",
      (page) => page.write("r9", page.indexOf("r1")),
    ],
    [
      "is not in order",
      "workflow_checkpoints_by_run",
      (page) => page.write("a1", page.lastIndexOf("r1")),
    ],
    ["has an entry twice", "workflow_checkpoints_by_run", (page) => page.copyWithin(8, 10, 12)],
    [
      "lost an entry",
      "sqlite_autoindex_workflow_checkpoints_1",
      (page) => page.writeUInt16BE(3, 3),
      "it cannot be found",
    ],
  ])(
    "returns all checkpoints of the run and no others when an index %s: %s",
    (_, name, damage, unfound = "") => {
      const storage = withRun(path(), 1);
      storage.commit({ newRuns: [newRun("r2")], artifacts: [], logs: [], runs: [] });
      const save = (runId: string, seq: number): void => {
        const checkpoint = {
          checkpointId: `${runId}-${seq}`,
          runId,
          seq,
          kind: "automatic",
          createdAt: 1,
          completedCount: 0,
          payload: "{}",
        } as const;
        write(storage, runId, [], {
          checkpoints: [{ ...checkpoint, sha256: hashCheckpoint(checkpoint) }],
        });
      };
      for (const seq of [1, 2]) for (const runId of ["r1", "r2"]) save(runId, seq);
      storage.close();
      corrupt(name, damage);
      const after = openSqliteStorage({ path: path() });
      const manager = new CheckpointManager(after);
      const listed = ["r1", "r2"].map((runId) =>
        manager
          .listCheckpoints(runId)
          .map(({ checkpointId, damage: why = "" }) => checkpointId + why),
      );
      expect(listed).toEqual([
        ["r1-2", "r1-1"],
        [`r2-2${unfound}`, "r2-1"],
      ]);
      expect(["r1", "r2"].map((runId) => manager.latestCheckpoint(runId)?.checkpointId)).toEqual([
        "r1-2",
        "r2-2",
      ]);
      after.close();
    },
  );

  test("reports missing checkpoints when the schema points to the wrong table", () => {
    const storage = withRun(path(), 1);
    const checkpoint = {
      checkpointId: "c1",
      runId: "r1",
      seq: 1,
      kind: "automatic",
      createdAt: 1,
      completedCount: 0,
      payload: "{}",
    } as const;
    write(storage, "r1", [], {
      checkpoints: [{ ...checkpoint, sha256: hashCheckpoint(checkpoint) }],
    });
    storage.close();
    withRaw(path(), (database) => {
      database.unsafeMode(true);
      database.pragma("writable_schema = ON");
      const empty = "SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_commands'";
      database.exec(
        `UPDATE sqlite_schema SET rootpage = (${empty}) WHERE name = 'workflow_checkpoints'`,
      );
    });
    const after = openSqliteStorage({ path: path() });
    expect(caught(() => new CheckpointManager(after).listCheckpoints("r1"))).toMatchObject({
      code: "database_unusable",
      runId: "r1",
    });
    after.close();
  });
});

describe("getRun", () => {
  test.each<[string, (page: Buffer) => void]>([
    ["lost an entry", (page) => page.writeUInt16BE(2, 3)],
    ["names another run", (page) => page.write("r9", page.indexOf("r3"))],
    ["has an entry twice", (page) => page.copyWithin(8, 10, 12)],
  ])("returns the right run or an error when the index over run ids %s", (_, damage) => {
    const storage = withRun(path(), 1);
    storage.commit({ newRuns: [newRun("r2"), newRun("r3")], artifacts: [], logs: [], runs: [] });
    storage.close();
    corrupt("sqlite_autoindex_workflow_runs_1", damage);
    const after = openSqliteStorage({ path: path() });
    const found = ["r1", "r2", "r3"].map((runId) => {
      let given: string | undefined;
      const { code } = caught(() => {
        given = after.getRun(runId)?.runId;
      });
      return code === "nothing thrown" ? given : code;
    });
    expect([
      found.every((answer, index) => answer === `r${index + 1}` || answer === "journal_damaged"),
      found,
    ]).toEqual([true, expect.arrayContaining(["journal_damaged"])]);
    expect(after.getRun("r4")).toBeUndefined();
    after.close();
  });
});
