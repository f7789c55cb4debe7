import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WorkflowError } from "../../src/errors.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { caught, entry, freshPaths, HASH, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("journal-damage");

/** Changes a journal of five entries with SQL, then reads it. */
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
  ])("refuses an entry with a changed %s and reports the last good entry", (_, change) => {
    expect(readAfter(`UPDATE workflow_journal SET ${change} WHERE entry_id % 10 = 4`)).toEqual({
      code: "journal_damaged",
      runId: "r1",
      message:
        "Run r1: the journal is damaged at entry 4: its content does not match its hash. " +
        "The last good entry is 3.",
      read: 3,
    });
  });

  test.each([
    [
      "is missing from the middle",
      "DELETE FROM workflow_journal WHERE entry_id % 10 = 3",
      "entry 3: it is missing. The last good entry is 2.",
    ],
    [
      "is missing from the beginning",
      "DELETE FROM workflow_journal WHERE entry_id % 10 = 1",
      "entry 1: it is missing. The last good entry is 0.",
    ],
    [
      "was swapped with another",
      `UPDATE workflow_journal SET entry_id = entry_id + 10 WHERE entry_id % 10 IN (2, 3);
       UPDATE workflow_journal SET entry_id = entry_id - 9 WHERE entry_id % 100 = 12;
       UPDATE workflow_journal SET entry_id = entry_id - 11 WHERE entry_id % 100 = 13`,
      "entry 2: its content does not match its hash. The last good entry is 1.",
    ],
    [
      "was copied from another run",
      // The run's row points to a different journal, which starts with a different entry.
      `UPDATE workflow_runs SET run_number = 7;
       INSERT INTO workflow_journal SELECT 600000000 + entry_id, type, at,
         iif(entry_id % 10 = 1, 'other', step_id), iif(entry_id % 10 = 1, 1, attempt_number),
         payload, lease_epoch, hash FROM workflow_journal`,
      "entry 1: its content does not match its hash. The last good entry is 0.",
    ],
    [
      "was written for other inputs",
      "UPDATE workflow_runs SET origin_hash = randomblob(32)",
      "entry 1: its content does not match its hash. The last good entry is 0.",
    ],
  ])("refuses an entry that %s", (_, sql, message) => {
    expect(readAfter(sql)).toEqual(
      expect.objectContaining({
        code: "journal_damaged",
        message: `Run r1: the journal is damaged at ${message}`,
      }),
    );
  });

  test("detects a missing end from the run's row and from a checkpoint", () => {
    const storage = withRun(path(), 5);
    write(storage, "r1", [entry(6)]);
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 = 6"),
    );
    expect(caught(() => [...storage.readJournal("r1")]).message).toBe(
      "Run r1: the journal is damaged at entry 6: it is missing, but the run had 6 entries. " +
        "The last good entry is 5.",
    );
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 > 4"),
    );
    withRaw(path(), (database) => {
      database.exec("UPDATE workflow_runs SET journal_seq = 0");
      database.exec(
        `INSERT INTO workflow_checkpoints
         VALUES ('c', 'r1', 5, 'manual', NULL, 1, NULL, 1, '{}', '${"e".repeat(64)}')`,
      );
    });
    expect(caught(() => [...storage.readJournal("r1", 2)]).code).toBe("journal_damaged");
    storage.close();
  });

  test("refuses to read the entries after one that is missing", () => {
    const storage = withRun(path(), 5);
    withRaw(path(), (database) =>
      database.exec("DELETE FROM workflow_journal WHERE entry_id % 10 = 3"),
    );
    expect(caught(() => [...storage.readJournal("r1", 3)])).toEqual(
      expect.objectContaining({ code: "journal_damaged", runId: "r1" }),
    );
    storage.close();
  });

  test("returns the written entries or an error for any flipped bit in the file", () => {
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
    // Seeded, so that every run of this test flips the same bits.
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

// The fields on which decisions depend. The other fields are derived from the journal and only
// displayed.
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
