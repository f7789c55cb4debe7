import { describe, expect, test } from "vitest";
import type { StepInfo } from "../../src/index.js";
import { describeRerun, type Rerun, RerunMarks, rerunRemark } from "../../src/index.js";

const step = (id: string, more: object = {}): StepInfo =>
  ({
    id,
    status: "completed",
    attemptNumber: 1,
    startedAt: 1,
    finishedAt: 50,
    ...more,
  }) as StepInfo;

const AMENDED: Rerun = { type: "definition_changed", seq: 9, at: 100, by: "ann" };
const EDITED: Rerun = {
  ...{ type: "result_edited", seq: 8, at: 90, stepId: "plan", attemptNumber: 1 },
  ...{ by: "bob", note: "typo" },
};

function marksOf(
  reruns: readonly Rerun[],
  steps: readonly StepInfo[] = [],
  wasRestored = false,
): RerunMarks {
  return new RerunMarks({
    wasRestored,
    reruns: () => reruns,
    step: (id) => steps.find((each) => each.id === id),
  });
}

const withoutTimes = (text: string | undefined): string | undefined =>
  text?.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME");

describe("RerunMarks", () => {
  const marks = marksOf([EDITED, AMENDED]);

  test.each<[string, StepInfo, string | undefined]>([
    ["a result from before the run went back", step("a"), "(kept)"],
    ["a result from after it", step("a", { finishedAt: 150 }), undefined],
    ["an edited result", step("plan"), "(edited by bob at TIME)"],
    [
      "a later result of an edited step",
      step("plan", { attemptNumber: 2, finishedAt: 150 }),
      undefined,
    ],
    ["a step with others inside", step("g", { kind: "group" }), undefined],
    [
      "a result of another run",
      step("a", { detail: { reused: { runId: "other", seq: 3 } } }),
      "(from run other)",
    ],
    [
      "a step with another request",
      step("a", { status: "ready", detail: { changed: ["task", "steps.plan"] } }),
      "(its task and the result of plan changed)",
    ],
    ["a failed step", step("a", { status: "failed" }), undefined],
  ])("marks %s", (_, marked, mark) => {
    expect(withoutTimes(marks.markOf(marked))).toBe(mark);
  });

  test("marks the results with which a fork began", () => {
    const forked = marksOf([], [], true);
    const steps = [
      step("a", { attemptNumber: 0 }),
      step("b"),
      step("c", { attemptNumber: 0, stop: {} }),
    ];
    expect(steps.map((each) => forked.markOf(each))).toEqual(["(kept)", undefined, undefined]);
    expect(rerunRemark(step("a", { attemptNumber: 0 }), forked)).toBe(
      "a has the result of the run that this one was forked from",
    );
  });

  test("marks nothing in a run that has not gone back", () => {
    expect(marksOf([]).markOf(step("a"))).toBeUndefined();
  });

  test("marks the result that an answer to a gate has replaced", () => {
    const steps = [
      step("each[x].plan"),
      step("each[x].ok", { gate: { editable: "steps.plan.output" } }),
    ];
    const answer: Rerun = {
      type: "gate_answered",
      seq: 4,
      at: 90,
      stepId: "each[x].ok",
      by: "ann",
    };
    expect(marksOf([answer], steps).markOf(step("each[x].plan"))).toMatch(
      /^\(edited by ann at .*\)$/,
    );
  });

  test("describes each way of going back", () => {
    expect(
      [AMENDED, EDITED, { type: "steps_reopened", seq: 1, at: 1 } as const].map((rerun) =>
        withoutTimes(describeRerun(rerun)),
      ),
    ).toEqual([
      "the run was amended by ann at TIME",
      "a result was edited by bob at TIME",
      "steps were reopened at TIME",
    ]);
  });
});

describe("rerunRemark", () => {
  const marks = marksOf([EDITED, AMENDED]);

  test.each<[StepInfo, string | undefined]>([
    [
      step("a"),
      "a kept its result of attempt 1 (TIME), because its request is the same: the run was " +
        "amended by ann at TIME",
    ],
    [step("plan"), "the result of plan was edited by bob at TIME: typo"],
    [
      step("a", { status: "pending", detail: { changed: ["task"] } }),
      "an earlier result of a no longer counts: its task changed",
    ],
    [
      step("a", { detail: { reused: { runId: "other", seq: 3 } } }),
      "a has the result of run other (event 3), which made the same request",
    ],
    [step("a", { status: "pending" }), undefined],
    [
      step("a", { status: "open", gate: {}, detail: { changed: ["steps.plan"] } }),
      "a asks again: the result of plan changed",
    ],
    [step("a", { finishedAt: 150 }), undefined],
  ])("describes %o", (about, text) => {
    expect(withoutTimes(rerunRemark(about, marks))).toBe(text);
  });
});
