import type { StoragePort } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import { LastLines } from "../../src/progress/LastLines.js";

type Chunk = ReturnType<StoragePort["lastLogs"]>[number];

/** What is shown for the second attempt of a step with these chunks in its log. */
function shown(...chunks: readonly (readonly [number, Chunk["stream"], string])[]): string {
  const lastLogs: StoragePort["lastLogs"] = (runId, stepId) =>
    chunks.map(([attemptNumber, stream, text]) => ({
      ...{ runId, stepId, attemptNumber, stream, text },
      at: 0,
    }));
  return new LastLines({ lastLogs }, "run").of({ id: "step", attemptNumber: 2 });
}

describe("LastLines", () => {
  test("joins the pieces of a line, but not those of the other stream", () => {
    expect([
      shown([2, "stdout", "half "], [2, "stderr", "a warning\n"], [2, "stdout", "and half"]),
      shown([2, "stdout", "half "], [2, "stderr", "a warning\n"]),
    ]).toEqual(["half and half", "a warning"]);
  });

  test("shows nothing of an earlier attempt", () => {
    expect([
      shown([1, "stdout", "old\n"]),
      shown([1, "stdout", "old, unfinished "], [2, "stdout", "new"]),
    ]).toEqual(["", "new"]);
  });

  test("shows nothing while the database cannot be read", () => {
    const lastLogs = (): never => {
      throw new Error("disk I/O error");
    };
    expect(new LastLines({ lastLogs }, "run").of({ id: "step", attemptNumber: 1 })).toBe("");
  });
});
