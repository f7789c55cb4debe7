import { readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { CheckpointManager } from "../../src/checkpoint/CheckpointManager.js";
import { WorkflowError } from "../../src/errors.js";
import { hashCheckpoint } from "../../src/journal/load-snapshots.js";
import type { RunFilter } from "../../src/storage/StoragePort.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import {
  definition,
  entry,
  freshPaths,
  HASH,
  newRun,
  owner,
  withRaw,
  withRun,
  write,
} from "./fixture.js";

const path = freshPaths("damage");

function caught(action: () => unknown): {
  code: string;
  runId: string | undefined;
  message: string;
} {
  try {
    action();
  } catch (error) {
    if (error instanceof WorkflowError)
      return { code: error.code, runId: error.runId, message: error.message };
    throw error;
  }
  return { code: "nothing thrown", runId: undefined, message: "" };
}

/** Has a raw connection do something to a journal of five entries, then reads it. */
function readAfter(sql: string): {
  code: string;
  runId: string | undefined;
  message: string;
  read: number;
} {
  const storage = withRun(path(), 5);
  withRaw(path(), (database) => {
    database.pragma("foreign_keys = OFF");
    database.pragma("ignore_check_constraints = ON");
    database.exec(sql);
  });
  let read = 0;
  const error = caught(() => {
    for (const _ of storage.readJournal("r1")) read += 1;
  });
  storage.close();
  return { ...error, read };
}

describe("readJournal", () => {
  test.each([
    ["payload", `payload = '{"result":7}'`],
    ["a bit of the payload", `payload = '{"result"' || char(58 | 1) || '4}'`],
    ["time", "at = at + 0.001"],
    ["type", "type = 'step_failed'"],
    ["step", "step_id = 's5'"],
    ["attempt", "attempt_number = 2"],
    ["whole outcome", "step_id = NULL, attempt_number = NULL"],
    ["hash", "hash = zeroblob(32)"],
  ])("finds a changed %s, and says where, and what is good", (_, change) => {
    expect(readAfter(`UPDATE workflow_journal SET ${change} WHERE entry_id % 10 = 4`)).toEqual({
      code: "journal_damaged",
      runId: "r1",
      message:
        "Run r1: the journal is damaged at entry 4: its content does not match its hash. The last good entry is 3.",
      read: 3,
    });
  });

  test.each([
    [
      "is missing in the middle",
      "DELETE FROM workflow_journal WHERE entry_id % 10 = 3",
      "entry 3: it is missing. The last good entry is 2.",
    ],
    [
      "is missing at the beginning",
      "DELETE FROM workflow_journal WHERE entry_id % 10 = 1",
      "entry 1: it is missing. The last good entry is 0.",
    ],
    [
      "changed places with another",
      `UPDATE workflow_journal SET entry_id = entry_id + 10 WHERE entry_id % 10 IN (2, 3);
       UPDATE workflow_journal SET entry_id = entry_id - 9 WHERE entry_id % 100 = 12; UPDATE workflow_journal SET entry_id = entry_id - 11 WHERE entry_id % 100 = 13`,
      "entry 2: its content does not match its hash. The last good entry is 1.",
    ],
    [
      "came from another run",
      // The row goes to another number, whose journal has another first entry.
      `UPDATE workflow_runs SET run_number = 7;
       INSERT INTO workflow_journal SELECT 600000000 + entry_id, type, at, iif(entry_id % 10 = 1, 'other', step_id), iif(entry_id % 10 = 1, 1, attempt_number),
         payload, lease_epoch, hash FROM workflow_journal`,
      "entry 1: its content does not match its hash. The last good entry is 0.",
    ],
    [
      "began in a run with other inputs",
      "UPDATE workflow_runs SET origin_hash = randomblob(32)",
      "entry 1: its content does not match its hash. The last good entry is 0.",
    ],
  ])("finds that an entry %s", (_, sql, message) => {
    expect(readAfter(sql)).toEqual(
      expect.objectContaining({
        code: "journal_damaged",
        message: `Run r1: the journal is damaged at ${message}`,
      }),
    );
  });

  test("notices that its end is gone, from the run's row or from a checkpoint", () => {
    const storage = withRun(path(), 5);
    write(storage, "r1", [entry(6)]);
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 = 6"),
    );
    expect(caught(() => [...storage.readJournal("r1")]).message).toBe(
      "Run r1: the journal is damaged at entry 6: it is missing; the run had 6. The last good entry is 5.",
    );
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 > 4"),
    );
    withRaw(path(), (database) => {
      database.exec("UPDATE workflow_runs SET journal_seq = 0");
      database.exec(
        `INSERT INTO workflow_checkpoints VALUES ('c', 'r1', 5, 'manual', NULL, 1, NULL, 1, '{}', '${"e".repeat(64)}')`,
      );
    });
    expect(caught(() => [...storage.readJournal("r1", 2)]).code).toBe("journal_damaged");
    storage.close();
  });

  test("does not go on from an entry that is not there", () => {
    const storage = withRun(path(), 5);
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 = 3"),
    );
    expect(caught(() => [...storage.readJournal("r1", 3)])).toEqual(
      expect.objectContaining({ code: "journal_damaged", runId: "r1" }),
    );
    storage.close();
  });

  test("never gives a wrong entry or row when a byte of the file is changed, and names the run", () => {
    const storage = withRun(path(), 40);
    write(storage, "r1", [entry(41)], { run: { state: "paused", status: "paused", updatedAt: 6 } });
    const written = JSON.stringify([
      fixedPart(storage.getRun("r1")),
      [...storage.readJournal("r1")],
      storage.getWorkflow(HASH),
    ]);
    storage.close();
    withRaw(path(), (database) => database.pragma("journal_mode = DELETE"));
    const bytes = readFileSync(path());
    // A generator of numbers with a seed: the same bytes on every run.
    let random = 42;
    const next = (below: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    const outcomes = { wrong: 0, refused: 0, harmless: 0 };
    for (let flip = 0; flip < 400; flip += 1) {
      const at = 100 + next(bytes.length - 100);
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << next(8));
      const file = `${path()}.${flip}`;
      writeFileSync(file, changed);
      try {
        const damaged = openSqliteStorage({ path: file, readOnly: true });
        try {
          const found = [
            fixedPart(damaged.getRun("r1")),
            [...damaged.readJournal("r1")],
            damaged.getWorkflow(HASH),
          ];
          const isSame = JSON.stringify(found) === written;
          outcomes[isSame ? "harmless" : "wrong"] += 1;
        } finally {
          damaged.close();
        }
      } catch (error) {
        if (!(error instanceof WorkflowError)) throw error;
        outcomes.refused += 1;
      }
    }
    expect(outcomes.wrong).toBe(0);
    expect(outcomes.refused).toBeGreaterThan(20);
  });
});

// What a decision rests on; the rest of a run's row follows from the journal and is only shown.
function fixedPart(run: ReturnType<ReturnType<typeof withRun>["getRun"]>): unknown {
  if (run === undefined) return undefined;
  const {
    runId,
    workflowId,
    definitionHash,
    inputs,
    context,
    createdAt,
    parentRunId,
    parentCheckpointId,
  } = run;
  return {
    runId,
    workflowId,
    definitionHash,
    inputs,
    context,
    createdAt,
    parentRunId,
    parentCheckpointId,
  };
}

describe("a damaged row", () => {
  test("of a run is refused on its own, and does not hide the others in a list", () => {
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
  ])("by %s is %s", (sql, code) => {
    const storage = withRun(path(), 1);
    withRaw(path(), (database) => {
      database.pragma("ignore_check_constraints = ON");
      database.exec(sql);
    });
    expect(caught(() => storage.getRun("r1")).code).toBe(code);
    storage.close();
  });

  test("of a command, a checkpoint or a log is refused rather than passed on", () => {
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
        "UPDATE workflow_commands SET verb = 'explode'; UPDATE workflow_checkpoints SET kind = 'x'; UPDATE workflow_step_logs SET stream = 'x'",
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

/** Has the only page of an index changed behind SQLite's back. */
function hit(index: string, damage: (page: Buffer) => void): void {
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

describe("an index that was hit", () => {
  const lastEntry = (page: Buffer): number => page.indexOf(Buffer.from([4, 3, 9, 1, 3])) + 4;
  test.each<[string, string, (page: Buffer) => void]>([
    ["lost an entry", "workflow_runs_by_age", (page) => page.writeUInt16BE(2, 3)],
    ["lost an entry", "workflow_runs_by_status", (page) => page.writeUInt16BE(2, 3)],
    ["names one run twice", "workflow_runs_by_age", (page) => page.writeUInt8(2, lastEntry(page))],
    [
      "has another status",
      "workflow_runs_by_status",
      (page) => page.write("ru~ning", page.indexOf("running")),
    ],
    [
      "is not in order",
      "workflow_runs_by_status",
      (page) => page.write("zunning", page.lastIndexOf("running")),
    ],
  ])("that %s: %s, hides no run from a list, nor from the counts", (_, name, damage) => {
    const storage = withRun(path(), 1);
    storage.commit({ newRuns: [newRun("r2"), newRun("r3")], artifacts: [], logs: [], runs: [] });
    storage.close();
    hit(name, damage);
    const after = openSqliteStorage({ path: path() });
    const ids = (filter?: RunFilter): string[] =>
      after.listRuns(filter).map(({ runId, damage }) => `${runId}${damage ?? ""}`);
    expect([ids(), ids({ status: "running" }), ids({ status: "running", limit: 2 })]).toEqual([
      ["r3", "r2", "r1"],
      ["r3", "r2", "r1"],
      ["r3", "r2"],
    ]);
    expect([ids({ status: "failed" }), after.countRuns()]).toEqual([
      [],
      expect.objectContaining({ running: 3, failed: 0 }),
    ]);
    after.close();
  });

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
    ["has one entry twice", "workflow_checkpoints_by_run", (page) => page.copyWithin(8, 10, 12)],
    [
      "lost an entry",
      "sqlite_autoindex_workflow_checkpoints_1",
      (page) => page.writeUInt16BE(3, 3),
      "it cannot be found",
    ],
  ])(
    "that %s: %s, leaves no checkpoint of a run out, and shows none of another's",
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
      hit(name, damage);
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

  test("is believed where the schema says that the table is elsewhere: checkpoints are missed, not denied", () => {
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

  test.each<[string, (page: Buffer) => void]>([
    ["lost an entry", (page) => page.writeUInt16BE(2, 3)],
    ["names another run", (page) => page.write("r9", page.indexOf("r3"))],
    ["has one entry twice", (page) => page.copyWithin(8, 10, 12)],
  ])("that %s makes no run another, and none disappear: the ids of runs", (_, damage) => {
    const storage = withRun(path(), 1);
    storage.commit({ newRuns: [newRun("r2"), newRun("r3")], artifacts: [], logs: [], runs: [] });
    storage.close();
    hit("sqlite_autoindex_workflow_runs_1", damage);
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

describe("two connections", () => {
  test("a stale owner's writes are refused, a thousand of a thousand", () => {
    const stale = withRun(path(), 1);
    const holder = openSqliteStorage({ path: path() });
    holder.acquireLease({
      runId: "r1",
      owner: { ...owner, ownerId: "e2" },
      now: 10,
      leaseUntil: 20,
      isDead: () => false,
    });
    let refused = 0;
    for (let count = 0; count < 1000; count += 1) {
      if (count % 2 === 0) write(holder, "r1", [entry(2 + count / 2)], { leaseEpoch: 2 });
      const entries = [entry(2 + Math.ceil(count / 2))];
      if (caught(() => write(stale, "r1", entries)).code === "lease_lost") refused += 1;
    }
    expect([refused, [...stale.readJournal("r1")].length]).toEqual([1000, 501]);
    stale.close();
    holder.close();
  });

  test("an owner that gets its run back goes on where the other stopped", () => {
    const first = withRun(path(), 3);
    const second = openSqliteStorage({ path: path() });
    second.acquireLease({
      runId: "r1",
      owner: { ...owner, ownerId: "e2" },
      now: 10,
      leaseUntil: 20,
      isDead: () => false,
    });
    write(second, "r1", [entry(4), entry(5)], { leaseEpoch: 2 });
    first.acquireLease({ runId: "r1", owner, now: 30, leaseUntil: 40, isDead: () => false });
    write(first, "r1", [entry(6)], { leaseEpoch: 3 });
    expect([...second.readJournal("r1")].length).toBe(6);
    first.close();
    second.close();
  });

  test("a commit that failed does not leave a trace in the next", () => {
    const storage = withRun(path(), 3);
    const other = new Database(path());
    other.pragma("busy_timeout = 0");
    other.exec("BEGIN IMMEDIATE");
    const late = openSqliteStorage({ path: path(), busyTimeoutMs: 5 });
    expect(caught(() => write(late, "r1", [entry(4)])).code).toBe("database_busy");
    other.exec("ROLLBACK");
    write(late, "r1", [entry(4)]);
    expect(caught(() => write(late, "r1", [entry(5), { ...entry(6), payload: "{" }])).code).toBe(
      "internal",
    );
    write(late, "r1", [entry(5)]);
    expect([...storage.readJournal("r1")].length).toBe(5);
    for (const open of [other, late, storage]) open.close();
  });

  test("see that the other has written something", () => {
    const [one, two] = [withRun(path(), 1), openSqliteStorage({ path: path() })];
    const before = two.dataVersion();
    two.sendCommand({ runId: "r1", verb: "pause", argument: "{}", sentAt: 1 });
    const own = two.dataVersion();
    one.saveWorkflow({ ...definition, hash: "c".repeat(64) });
    expect([own === before, two.dataVersion() === before]).toEqual([true, false]);
    one.close();
    two.close();
  });
});
