import { describe, expect, test } from "vitest";
import { checkStates } from "../src/power-loss/check-states.ts";
import { DiskModel, type DiskState, type Loss } from "../src/power-loss/DiskModel.ts";
import { type Call, canRecord, readTrace, record } from "../src/power-loss/record.ts";
import { Random } from "../src/Random.ts";

const write = (at: number, text: string): Call => ({
  call: "write",
  file: "db",
  at,
  bytes: Buffer.from(text),
});
const open: Call = { call: "open", file: "db", isNew: true };
const sync: Call = { call: "sync", file: "db" };

function after(calls: readonly Call[], loss: Loss, seed = 1): DiskState {
  const model = new DiskModel();
  for (const call of calls) model.apply(call);
  return model.afterPowerLoss(loss, new Random(seed));
}

const text = (state: DiskState): string | undefined => state.get("db")?.toString("latin1");

describe("DiskModel", () => {
  const calls = [
    open,
    { call: "syncFolder" },
    write(0, "sure"),
    sync,
    write(2, "new"),
    { call: "truncate", file: "db", length: 4 },
  ] as const;

  test("keeps synced data, and loses or keeps all unsynced data", () => {
    expect([text(after(calls, "none")), text(after(calls, "all"))]).toEqual(["sure", "sune"]);
  });

  test("can lose a file whose folder was not synced after its creation", () => {
    expect([
      text(after([open, write(0, "x"), sync], "none")),
      text(after([open, write(0, "x"), sync], "all")),
    ]).toEqual([undefined, "x"]);
  });

  test("tears a write at sector boundaries, in different places for different seeds", () => {
    const torn = Array.from({ length: 50 }, (_, seed) =>
      text(after([open, { call: "syncFolder" }, write(0, "a".repeat(1536))], "torn", seed)),
    );
    const kinds = new Set(
      torn.map((state = "") =>
        [0, 512, 1024].map((at) => (state[at] === "a" ? "a" : "-")).join(""),
      ),
    );
    expect(torn.every((state = "") => /^((a{512}|\0{512}))*$/.test(state))).toBe(true);
    expect(kinds.size).toBeGreaterThan(3);
  });

  test("produces the same state for the same seed", () => {
    expect(after(calls, "torn", 7)).toEqual(after(calls, "torn", 7));
  });
});

describe("readTrace", () => {
  const hex = (value: string): string =>
    [...Buffer.from(value)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

  test("reads only the calls on database files and the reports", () => {
    const lines = [
      `openat(AT_FDCWD, "${hex("/a/files/db")}", O_RDWR|O_CREAT, 0600) = 21<${hex("/a/files/db")}>`,
      `pwrite64(21<${hex("/a/files/db")}>, "${hex("hello")}", 5, 4096) = 5`,
      `pwrite64(22<${hex("/a/files/db-shm")}>, "${hex("x")}", 1, 0) = 1`,
      `fsync(21<${hex("/a/files/db")}>) = 0`,
      `fsync(23<${hex("/a/files")}>)   = 0`,
      `unlink("${hex("/a/files/db-wal")}") = -1 ENOENT (No such file or directory)`,
      `pwrite64(24<${hex("/a/reports")}>, "${hex('{"seq":1}\n')}", 10, 0) = 10`,
      `write(2<${hex("/dev/null")}>, "${hex("x")}", 1) = 1`,
      "+++ exited with 0 +++",
    ];
    expect(readTrace(lines.join("\n"), "/a/files", "/a")).toEqual([
      { call: "open", file: "db", isNew: true },
      { call: "write", file: "db", at: 4096, bytes: Buffer.from("hello") },
      { call: "sync", file: "db" },
      { call: "syncFolder" },
      { call: "reported", line: '{"seq":1}\n' },
    ]);
  });

  test("throws on a call that the disk model does not support", () => {
    expect(() =>
      readTrace(`rename("${hex("/a/files/db")}", "${hex("/a/files/x")}") = 0`, "/a/files", "/a"),
    ).toThrow("calls rename on db");
  });
});

// Recording needs strace. Without it the power-loss part reports that it was not tried.
describe.runIf(canRecord())("a recorded run", () => {
  const request = { part: 0, of: 1, stateCount: 400, verifyCount: 10, resumeCount: 2 };

  test('keeps everything that was promised with durability "full"', async () => {
    const report = await checkStates({ ...request, durability: "full", recording: record("full") });
    expect({ ...report, states: report.states.length, comparisonCount: 0 }).toEqual({
      states: 400,
      comparisonCount: 0,
      verifiedCount: 10,
      resumedCount: 2,
      lossCount: 0,
      mostLost: 0,
      losses: [],
      wrong: [],
    });
  });

  test('loses acknowledged events with durability "process"', async () => {
    const report = await checkStates({
      ...request,
      durability: "process",
      recording: record("process"),
    });
    expect(report).toMatchObject({ wrong: [] });
    expect(report.lossCount).toBeGreaterThan(0);
  });
});
