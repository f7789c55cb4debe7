import type { JournalEntry } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { differing, recordedTwice, startedTwice } from "../src/restate/count-faults.ts";

const row = (seq: number, stepId: string): JournalEntry => ({
  ...{ runId: "r", seq, at: seq, type: "step_completed", payload: "{}" },
  ...{ stepId, attemptNumber: 1 },
});
const note = { what: "started", runId: "r", stepId: "a", attemptNumber: 1, at: 0 } as const;

describe("the faults that the part `restate` counts", () => {
  test("are results that are recorded twice", () => {
    expect(recordedTwice([row(1, "a"), row(2, "b"), row(3, "a")])).toBe(1);
  });

  test("are attempts that are started twice", () => {
    expect(startedTwice([note, { ...note, attemptNumber: 2 }, note])).toBe(1);
  });

  test("are rows that differ or are missing, whatever the order of their members", () => {
    const { stepId, ...rest } = row(1, "a");
    const same = { stepId, ...rest } as JournalEntry;
    expect([
      differing([row(1, "a")], [same]),
      differing([row(1, "a"), row(2, "b")], [row(1, "x")]),
    ]).toEqual([0, 2]);
  });
});
