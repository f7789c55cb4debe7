import { describe, expect, test } from "vitest";
import { attemptEnvironment } from "../src/process/attempt-environment.js";

const attempt = { runId: "r", stepId: "s", attemptNumber: 2, idempotencyKey: "r/s/2" };
const marks = { AX_ATTEMPT: "r/s/2", AX_RUN_ID: "r", AX_STEP_ID: "s", AX_ATTEMPT_NUMBER: "2" };

describe("attemptEnvironment", () => {
  test("lets additions override the parent's environment, and the attempt's variables override both", () => {
    expect(
      attemptEnvironment(attempt, { B: "added", AX_RUN_ID: "forged" }, { A: "1", B: "2" }),
    ).toEqual({ A: "1", B: "added", ...marks });
  });

  test("removes a variable whose change is null, and keeps one that is empty", () => {
    expect(
      attemptEnvironment(attempt, { A: null, B: "", C: null, AX_RUN_ID: null }, { A: "1", D: "4" }),
    ).toEqual({ B: "", D: "4", ...marks });
  });

  test("keeps the keys of enclosing attempts, outermost first", () => {
    const within = attemptEnvironment(attempt, {}, { AX_ATTEMPT: "outer/s/1", AX_RUN_ID: "outer" });
    const deeper = attemptEnvironment({ ...attempt, idempotencyKey: "deep/s/1" }, {}, within);
    expect([within, deeper]).toEqual([
      { ...marks, AX_OUTER_ATTEMPTS: "outer/s/1" },
      { ...marks, AX_ATTEMPT: "deep/s/1", AX_OUTER_ATTEMPTS: "outer/s/1 r/s/2" },
    ]);
  });
});
