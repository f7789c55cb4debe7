import { describe, expect, test } from "vitest";
import type { StepInfo } from "../../src/index.js";
import { noteOfStep } from "../../src/index.js";

const step = (more: object): StepInfo =>
  ({ id: "a", status: "running", attemptNumber: 1, ...more }) as StepInfo;

describe("noteOfStep", () => {
  test("names the step whose conversation a running step continues, and no reference to it", () => {
    const detail = { session: "secret-reference" };
    expect([
      noteOfStep(step({ session: { from: "draft" }, detail })),
      noteOfStep(step({ detail })),
      noteOfStep(step({ status: "completed", session: { from: "draft" }, detail })),
    ]).toEqual(["session of draft", undefined, undefined]);
  });
});
