import { describe, expect, test } from "vitest";
import { countInTrace } from "../src/command-line/strace.ts";
import { sweep } from "../src/command-line/sweep.ts";
import { Tally } from "../src/command-line/Tally.ts";
import { faultsOf } from "../src/two-engines/count-executions.ts";

describe("sweep", () => {
  test("goes on in each series until a point is not reached, and counts those that were", async () => {
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

  test("counts points and broken promises, and names the places", async () => {
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
      lines: ["3 points: lost 1, final state different 1, finished steps run again 1", "a line"],
    });
  });

  test("fails when too little was tried to mean anything", () => {
    expect(new Tally().report([], 100).failures).toEqual([
      "count: only 0 points were tried, 100 are due",
    ]);
  });
});

describe("countInTrace", () => {
  test("counts calls by name, one that was broken off once", () => {
    const text =
      "12 fsync(3) = 0\n12 pwrite64(3, ...) = 9\n13 fsync(4 <unfinished ...>\n12 +++ exited with 0 +++\n13 <... fsync resumed>) = 0\n";
    expect(countInTrace(text)).toEqual(
      new Map([
        ["fsync", 2],
        ["pwrite64", 1],
      ]),
    );
  });
});

describe("faultsOf", () => {
  const recorded = [
    { step: "r/a", attemptNumber: 1 },
    { step: "r/b", attemptNumber: 2 },
  ];

  test("allows an attempt that was lost before the recorded one", () => {
    expect(faultsOf(["r/a#1", "r/b#1", "r/b#2"], recorded)).toEqual([]);
  });

  test("finds executions that should not have been", () => {
    expect(
      faultsOf(
        ["r/a#1", "r/a#1", "r/a#2", "r/c#1"],
        [...recorded, { step: "r/b", attemptNumber: 3 }],
      ),
    ).toEqual([
      "r/b is recorded twice",
      "r/a#1 was executed twice",
      "r/a#2 was executed, though attempt 1 is recorded",
      "r/c#1 was executed and is not recorded",
    ]);
  });
});
