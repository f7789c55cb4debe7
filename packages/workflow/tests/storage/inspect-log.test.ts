import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { WorkflowError } from "../../src/errors.js";
import { inspectLog } from "../../src/storage/sqlite/inspect-log.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { entry, freshPaths, withRun, write } from "./fixture.js";

const path = freshPaths("log");
const FRAME = 24 + 4096;

/**
 * The files of a killed process: a run with five entries, all still in the log. The last three
 * commits are one entry each. `change` damages the log.
 */
function killed(change: (log: Buffer) => Buffer | undefined): string {
  const live = `${path()}.live`;
  const storage = withRun(live, 2);
  for (const seq of [3, 4, 5]) write(storage, "r1", [entry(seq)]);
  mkdirSync(dirname(path()), { recursive: true });
  copyFileSync(live, path());
  const log = readFileSync(`${live}-wal`);
  writeFileSync(`${path()}-wal`, change(log) ?? log);
  storage.close();
  return path();
}

/** The offsets in the log at which each transaction ends. */
function commits(log: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 32; at + FRAME <= log.length; at += FRAME)
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + FRAME);
  return ends;
}

function flip(log: Buffer, at: number): undefined {
  log[at] = (log[at] ?? 0) ^ 1;
}

/** Rewrites the checksums of all frames as SQLite computes them. */
function rewriteChecksums(log: Buffer): void {
  const isBigEndian = (log.readUInt32BE(0) & 1) === 1;
  let [first, second] = [log.readUInt32BE(24), log.readUInt32BE(28)];
  const add = (from: number, to: number): void => {
    for (let at = from; at < to; at += 8) {
      first = (first + (isBigEndian ? log.readUInt32BE(at) : log.readUInt32LE(at)) + second) >>> 0;
      second =
        (second + (isBigEndian ? log.readUInt32BE(at + 4) : log.readUInt32LE(at + 4)) + first) >>>
        0;
    }
  };
  for (let at = 32; at + FRAME <= log.length; at += FRAME) {
    add(at, at + 8);
    add(at + 24, at + FRAME);
    log.writeUInt32BE(first, at + 16);
    log.writeUInt32BE(second, at + 20);
  }
}

function openAndCount(
  options: { durability?: "full" | "process"; readOnly?: boolean } = {},
): number | string {
  try {
    const storage = openSqliteStorage({ path: path(), ...options });
    try {
      return [...storage.readJournal("r1")].length;
    } finally {
      storage.close();
    }
  } catch (error) {
    if (error instanceof WorkflowError)
      return `${error.code}: ${error.message.replace(path(), "DB")}`;
    throw error;
  }
}

describe("opening the log of a killed process", () => {
  test.each([
    ["removed", (log: Buffer, at: number) => [log.subarray(0, at), log.subarray(at + 90)]],
    [
      "inserted",
      (log: Buffer, at: number) => [log.subarray(0, at), Buffer.alloc(90), log.subarray(at)],
    ],
  ] as const)("counts the transactions after bytes that were %s", (_, change) => {
    killed((log) => Buffer.concat(change(log, (commits(log).at(-4) ?? 0) + FRAME / 2)));
    expect(openAndCount()).toMatch(
      /^database_unusable: The log DB-wal is damaged: the last \d+ of its \d+ transactions/,
    );
  });

  test("reads an intact log to its end", () => {
    const file = killed(() => undefined);
    expect(inspectLog(file)).toMatchObject({ torn: 0, isHeaderDamaged: false });
    expect(openAndCount()).toBe(5);
  });

  test.each([
    ["a page", 2, 24 + 100],
    ["a salt of a frame", 2, 8],
    ["the checksum of a frame", 2, 16],
  ])(
    "refuses a log with a flipped bit in %s in its middle, and leaves it unchanged",
    (_, fromEnd, offset) => {
      const file = killed((log) => flip(log, (commits(log).at(-fromEnd - 1) ?? 0) + offset));
      const before = readFileSync(`${file}-wal`);
      for (const readOnly of [true, false]) {
        expect(openAndCount({ readOnly })).toMatch(
          /^database_unusable: .* is damaged: the last 2 of its \d+ transactions cannot be read/,
        );
      }
      expect(readFileSync(`${file}-wal`).equals(before)).toBe(true);
    },
  );

  test.each<[string, (log: Buffer, frame: number) => void]>([
    ["the salt", (log, frame) => flip(log, frame + 8)],
    [
      "the only set bit of the database size",
      (log, frame) => {
        // Makes this a database of 64 pages, rewrites the checksums from here on, and clears the
        // bit.
        log.writeUInt32BE(64, frame + 4);
        rewriteChecksums(log);
        log.writeUInt32BE(0, frame + 4);
      },
    ],
  ])("counts a transaction as lost if its last frame has a flipped bit in %s", (_, damage) => {
    const file = killed((log) => {
      const ends = commits(log);
      rewriteChecksums(log);
      damage(log, (ends.at(-2) ?? 0) - FRAME);
      return log.subarray(0, ends.at(-1));
    });
    expect(inspectLog(file)).toMatchObject({ torn: 2 });
    expect(openAndCount()).toMatch(/the last 2 of its \d+ transactions cannot be read/);
  });

  test("refuses a log with a damaged header, which SQLite would treat as empty", () => {
    killed((log) => flip(log, 17));
    expect(openAndCount()).toBe(
      "database_unusable: The log DB-wal is damaged: its header does not match its checksum. " +
        "Nothing was changed.",
    );
  });

  test("drops a torn last transaction, as a power cut leaves it, and truncates the log", () => {
    const file = killed((log) => flip(log, (commits(log).at(-2) ?? 0) + 200));
    const storage = openSqliteStorage({ path: file });
    expect([...storage.readJournal("r1")].length).toBe(4);
    // The first opening of a copy records that it is another file, in one transaction.
    expect(inspectLog(file)).toEqual({ readable: 1, torn: 0, isHeaderDamaged: false });
    storage.close();
  });

  test("drops several torn transactions with durability `process`", () => {
    killed((log) => flip(log, (commits(log).at(-3) ?? 0) + 200));
    expect([openAndCount(), openAndCount({ durability: "process" }), openAndCount()]).toEqual([
      expect.stringContaining("database_unusable"),
      3,
      3,
    ]);
  });

  test("accepts a log that ends in the middle of an uncommitted transaction", () => {
    killed((log) => log.subarray(0, (commits(log).at(-2) ?? 0) + 24 + 1000));
    expect(openAndCount()).toBe(4);
  });
});
