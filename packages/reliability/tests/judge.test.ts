import { describe, expect, test } from "vitest";
import { judge, type Stop } from "../src/command-line/judge.ts";
import { type Ended, reportedSteps } from "../src/command-line/output.ts";
import { CALLS, RESULTS } from "../src/command-line/small-workflow.ts";

const event = (stepId: string): string => `${JSON.stringify({ type: "step_completed", stepId })}\n`;
const steps = Object.keys(RESULTS);

/** The end of a run that nothing happened to. */
function goodEnd({
  calls = CALLS,
  results = RESULTS,
}: {
  calls?: readonly string[];
  results?: object;
} = {}): Stop & { ended: Ended } {
  const stdout = `${JSON.stringify({ type: "run_ending", status: "completed", results })}\n`;
  return {
    ended: { exitCode: 0, signal: null, stdout, stderr: "" },
    found: { runId: "r", completed: steps, calls },
  };
}

/** A stop after `plan` was reported, with `left` in flight. */
const afterPlan: Stop = {
  ended: { stdout: event("plan") },
  found: { runId: "r", completed: ["plan"], calls: ["plan#1", "left#1"] },
};

describe("judge", () => {
  test("has nothing against a run that went on where it was stopped", () => {
    const end = goodEnd({ calls: ["plan#1", "left#1", "left#2", ...CALLS.slice(2)] });
    expect(judge([afterPlan], end)).toEqual({ lost: [], different: [], ranAgain: [] });
  });

  test("finds a completion that was reported and is not stored", () => {
    const stop = { ended: { stdout: event("plan") + event("left") }, found: afterPlan.found };
    expect(judge([stop], goodEnd()).lost).toEqual([
      "left was reported as completed and is not in the journal",
    ]);
  });

  test("finds results that are not those of an undisturbed run, and a command that failed", () => {
    const end = goodEnd({ results: { ...RESULTS, merge: "merge(left(plan(begin)))" } });
    expect(judge([], end).different).toEqual([
      expect.stringContaining("it ended as completed with"),
    ]);
    const failed = {
      ...goodEnd(),
      ended: { exitCode: 5, signal: null, stdout: "", stderr: "error  database_busy  no\nmore" },
    };
    expect(judge([], failed).different).toEqual([
      "the last command ended with exit code 5: error  database_busy  no",
      "it ended as nothing with undefined",
    ]);
  });

  test("finds a step that is recorded twice, or not at all", () => {
    const end = goodEnd();
    const completed = [...steps.filter((step) => step !== "right"), "left"];
    expect(judge([], { ...end, found: { ...end.found, completed } }).different).toEqual([
      "left is completed 2 times in the journal",
      "right is completed 0 times in the journal",
    ]);
  });

  test("finds a recorded step that ran again, an attempt that began twice, and more executions than stops account for", () => {
    const again = goodEnd({ calls: ["plan#1", "left#1", "plan#2", ...CALLS.slice(1)] });
    expect(judge([afterPlan], again).ranAgain).toEqual([
      "plan was recorded after 1 executions and had 2 at the end",
      "the attempt left#1 began more than once",
    ]);
    const often = goodEnd({ calls: [...CALLS, "review#2"] });
    expect(judge([], often).ranAgain).toEqual(["review ran 2 times, 1 at most were due"]);
  });
});

describe("reportedSteps", () => {
  test("reads whole lines only: no one was told what was cut off", () => {
    expect(reportedSteps(`${event("plan")}${event("left").slice(0, 20)}`)).toEqual(["plan"]);
  });
});
