import type { StepInfo } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import { noteOfStep } from "../../src/render/step-note.js";

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
