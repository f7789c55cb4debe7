import { describe, expect, test } from "vitest";
import { callerOf, countInTrace } from "../src/command-line/strace.ts";
import { sweep } from "../src/command-line/sweep.ts";
import { Tally } from "../src/command-line/Tally.ts";
import { executionFaults } from "../src/two-engines/count-executions.ts";

describe("sweep", () => {
  test("tries each series until a point is not reached and counts the points reached", async () => {
    const tried: string[] = [];
    const series = (name: string, first: number, every: number, last: number) => ({
      first,
      every,
      try: (n: number) => {
        tried.push(`${name}${n}`);
        return Promise.resolve(n <= last);
      },
    });
    const reached = await sweep(
      [series("a", 1, 1, 3), series("b", 2, 3, 9), series("c", 1, 1, 0)],
      1,
    );
    expect({ reached, tried }).toEqual({
      reached: [3, 3, 0],
      tried: ["a1", "a2", "a3", "a4", "b2", "b5", "b8", "b11", "c1"],
    });
  });
});

describe("Tally", () => {
  const good = { lost: [], different: [], ranAgain: [] };

  test("counts points and broken promises, and reports where each failure occurred", async () => {
    const tally = new Tally();
    tally.add("fsync 1", good);
    tally.add("fsync 2", {
      ...good,
      lost: ["plan is gone"],
      ranAgain: ["left again", "right again"],
    });
    await tally.judge("fsync 3", () => Promise.reject(new Error("the journal is damaged")));
    expect(tally.report(["a line"], 3)).toEqual({
      triedCount: 3,
      failures: [
        "fsync 2: plan is gone",
        "fsync 2: left again",
        "fsync 2: right again",
        "fsync 3: the journal is damaged",
      ],
      lines: [
        "3 points: 1 lost a reported step, 1 ended differently, 1 ran a finished step again",
        "a line",
      ],
    });
  });

  test("fails if fewer points were tried than required", () => {
    expect(new Tally().report([], 100).failures).toEqual([
      "count: 0 points were tried; at least 100 are needed",
    ]);
  });
});

describe("countInTrace", () => {
  test("counts calls by name, counting an interrupted call once", () => {
    const lines = [
      "12 fsync(3) = 0",
      "12 pwrite64(3, ...) = 9",
      "13 fsync(4 <unfinished ...>",
      "12 +++ exited with 0 +++",
      "13 <... fsync resumed>) = 0",
    ];
    expect(countInTrace(lines.join("\n"))).toEqual(
      new Map([
        ["fsync", 2],
        ["pwrite64", 1],
      ]),
    );
  });
});

describe("callerOf", () => {
  const trace = [
    "12 fsync(3) = 0",
    "13 fsync(4 <unfinished ...>",
    "12 pwrite64(3, ...) = 9",
    "13 <... fsync resumed>) = 0",
    // strace notes a call before it holds the thread: the line has no end then.
    "12 fsync(3",
  ].join("\n");

  test("finds the thread that begins its nth call, and counts the calls of each thread", () => {
    expect([1, 2, 3].map((n) => callerOf(trace, "fsync", n))).toEqual([12, 12, undefined]);
    expect(callerOf(trace, "pwrite64", 1)).toBe(12);
    expect(callerOf(trace, "write", 1)).toBeUndefined();
  });
});

describe("executionFaults", () => {
  const recorded = [
    { step: "r/a", attemptNumber: 1 },
    { step: "r/b", attemptNumber: 2 },
  ];

  test("allows a lost attempt before the recorded attempt", () => {
    expect(executionFaults(["r/a#1", "r/b#1", "r/b#2"], recorded)).toEqual([]);
  });

  test("finds repeated, late and unrecorded executions, and steps recorded twice", () => {
    expect(
      executionFaults(
        ["r/a#1", "r/a#1", "r/a#2", "r/c#1"],
        [...recorded, { step: "r/b", attemptNumber: 3 }],
      ),
    ).toEqual([
      "r/b is recorded twice",
      "r/a#1 was executed twice",
      "r/a#2 was executed after attempt 1 was recorded",
      "r/c#1 was executed but is not recorded",
    ]);
  });
});
