import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { WorkflowError } from "../../src/errors.js";
import { inspectLog } from "../../src/storage/sqlite/inspect-log.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { entry, freshPaths, withRun, write } from "./fixture.js";

const path = freshPaths("log");
const FRAME = 24 + 4096;

/** The files of a run with five entries whose process was killed: all of it is in the log, the last commits one entry each. */
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

/** Where the frames of each transaction end. */
function commits(log: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 32; at + FRAME <= log.length; at += FRAME)
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + FRAME);
  return ends;
}

function flip(log: Buffer, at: number): undefined {
  log[at] = (log[at] ?? 0) ^ 1;
}

/** The sums of all frames, made again as SQLite makes them. */
function sumUp(log: Buffer): void {
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

describe("the log of a killed process", () => {
  test("is read to its end when nothing is wrong with it", () => {
    const file = killed(() => undefined);
    expect(inspectLog(file)).toMatchObject({ torn: 0, isHeaderDamaged: false });
    expect(openAndCount()).toBe(5);
  });

  test.each([
    ["a page", 2, 24 + 100],
    ["a salt of a frame", 2, 8],
    ["the sum of a frame", 2, 16],
  ])(
    "is refused, and not touched, when a bit of %s in its middle was flipped: what comes later would be gone",
    (_, fromEnd, offset) => {
      const file = killed((log) => flip(log, (commits(log).at(-fromEnd - 1) ?? 0) + offset));
      const before = readFileSync(`${file}-wal`);
      for (const readOnly of [true, false]) {
        expect(openAndCount({ readOnly })).toMatch(
          /^database_unusable: The log DB-wal is damaged: of \d+ transactions the last 2 cannot be read/,
        );
      }
      expect(readFileSync(`${file}-wal`).equals(before)).toBe(true);
    },
  );

  test.each<[string, (log: Buffer, frame: number) => void]>([
    ["the salt", (log, frame) => flip(log, frame + 8)],
    [
      "the only bit of the size",
      (log, frame) => {
        // As if the database had 64 pages then: the sums of this frame and of those behind it are made anew, and the bit flipped.
        log.writeUInt32BE(64, frame + 4);
        sumUp(log);
        log.writeUInt32BE(0, frame + 4);
      },
    ],
  ])("counts a transaction whose last frame was hit, and %s with it, among the lost", (_, hit) => {
    const file = killed((log) => {
      const ends = commits(log);
      sumUp(log);
      hit(log, (ends.at(-2) ?? 0) - FRAME);
      return log.subarray(0, ends.at(-1));
    });
    expect(inspectLog(file)).toMatchObject({ torn: 2 });
    expect(openAndCount()).toMatch("the last 2 cannot be read");
  });

  test("is refused when its header was hit: SQLite would take it for empty", () => {
    killed((log) => flip(log, 17));
    expect(openAndCount()).toBe(
      "database_unusable: The log DB-wal is damaged: its header does not match its sum. Nothing was changed.",
    );
  });

  test("loses a last commit that was torn, which is what a power cut does, and keeps nothing of it", () => {
    const file = killed((log) => flip(log, (commits(log).at(-2) ?? 0) + 200));
    const storage = openSqliteStorage({ path: file });
    expect([...storage.readJournal("r1")].length).toBe(4);
    expect(inspectLog(file)).toEqual({ readable: 0, torn: 0, isHeaderDamaged: false });
    storage.close();
  });

  test("may be shorter after a power cut where durability is that of the process", () => {
    killed((log) => flip(log, (commits(log).at(-3) ?? 0) + 200));
    expect([openAndCount(), openAndCount({ durability: "process" }), openAndCount()]).toEqual([
      expect.stringContaining("database_unusable"),
      3,
      3,
    ]);
  });

  test("may end anywhere in what was not committed", () => {
    killed((log) => log.subarray(0, (commits(log).at(-2) ?? 0) + 24 + 1000));
    expect(openAndCount()).toBe(4);
  });
});
