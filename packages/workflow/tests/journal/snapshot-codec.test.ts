import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine, type StepSnapshot } from "../../src/core/workflow-state-machine.js";
import { readPayload, writePayload } from "../../src/journal/snapshot-codec.js";

const empty = Machine.snapshot(Machine.make(0), undefined);
const roundTrip = (steps: readonly StepSnapshot[]): unknown =>
  readPayload(writePayload({ ...empty, steps: [...steps] }));

const time = fc.double({ min: 0, max: 4e12, noNaN: true });
const anyStep: fc.Arbitrary<StepSnapshot> = fc.record(
  {
    id: fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/),
    status: fc.constantFrom(
      "pending",
      "ready",
      "waiting",
      "running",
      "completed",
      "failed",
      "skipped",
      "cancelled",
    ),
    attemptNumber: fc.integer({ min: 0, max: 2 }),
    failureCount: fc.integer({ min: 0, max: 1 }),
    result: fc.constantFrom(null, 0, "text", { a: [1] }),
    error: fc.string(),
    startedAt: time,
    finishedAt: time,
    retryAt: time,
  },
  { requiredKeys: ["id", "status", "attemptNumber", "failureCount"] },
);

describe("a checkpoint's payload", () => {
  test("decodes to the snapshot that was encoded", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 5 }), (steps) => {
        expect(roundTrip(steps)).toEqual({ ...empty, steps });
      }),
    );
  });

  test("stores only the id and two times of a step that completed on its first attempt", () => {
    const plain: StepSnapshot = {
      id: "a",
      status: "completed",
      attemptNumber: 1,
      failureCount: 0,
      startedAt: 1.25,
      finishedAt: 2.5,
    };
    expect(writePayload({ ...empty, steps: [plain] })).toContain('"steps":[["a",1.25,2.5]]');
    expect(roundTrip([plain])).toEqual({ ...empty, steps: [plain] });
    expect(roundTrip([{ ...plain, result: null }])).toEqual({
      ...empty,
      steps: [{ ...plain, result: null }],
    });
  });

  test("is not decoded if it has another format, whose number is returned instead", () => {
    expect(readPayload('{"format":7,"snapshot":"anything"}')).toBe(7);
  });
});
