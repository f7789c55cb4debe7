import { describe, expect, test } from "vitest";
import { CALLS, RESULTS } from "../src/command-line/crash-workflow.ts";
import { judgeStops, type Stop } from "../src/command-line/judge-stops.ts";
import { type Ended, reportedSteps } from "../src/command-line/output.ts";

const event = (stepId: string): string => `${JSON.stringify({ type: "step_completed", stepId })}\n`;
const steps = Object.keys(RESULTS);

/** The state at the end of an undisturbed run. */
function undisturbedEnd({
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

describe("judgeStops", () => {
  test("accepts a run that resumed where it was stopped", () => {
    const end = undisturbedEnd({ calls: ["plan#1", "left#1", "left#2", ...CALLS.slice(2)] });
    expect(judgeStops([afterPlan], end)).toEqual({ lost: [], different: [], ranAgain: [] });
  });

  test("finds a completion that was reported but is not stored", () => {
    const stop = { ended: { stdout: event("plan") + event("left") }, found: afterPlan.found };
    expect(judgeStops([stop], undisturbedEnd()).lost).toEqual([
      "left was reported as completed but is not in the journal",
    ]);
  });

  test("finds results that differ from those of an undisturbed run, and a failed command", () => {
    const end = undisturbedEnd({ results: { ...RESULTS, merge: "merge(left(plan(begin)))" } });
    expect(judgeStops([], end).different).toEqual([
      expect.stringContaining("the run ended with status completed and results"),
    ]);
    const failed = {
      ...undisturbedEnd(),
      ended: { exitCode: 5, signal: null, stdout: "", stderr: "error  database_busy  no\nmore" },
    };
    expect(judgeStops([], failed).different).toEqual([
      "the last command exited with 5: error  database_busy  no",
      "the run ended with status unknown and results undefined",
    ]);
  });

  test("finds a step that is recorded twice, and one that is not recorded", () => {
    const end = undisturbedEnd();
    const completed = [...steps.filter((step) => step !== "right"), "left"];
    expect(judgeStops([], { ...end, found: { ...end.found, completed } }).different).toEqual([
      "left is completed 2 times in the journal",
      "right is completed 0 times in the journal",
    ]);
  });

  test("finds repeated steps and attempts, and executions that the stops do not explain", () => {
    const again = undisturbedEnd({ calls: ["plan#1", "left#1", "plan#2", ...CALLS.slice(1)] });
    expect(judgeStops([afterPlan], again).ranAgain).toEqual([
      "executions of plan: 1 when it was recorded, 2 at the end",
      "the attempt left#1 began more than once",
    ]);
    const often = undisturbedEnd({ calls: [...CALLS, "review#2"] });
    expect(judgeStops([], often).ranAgain).toEqual(["review ran 2 times; at most 1"]);
  });
});

describe("reportedSteps", () => {
  test("ignores an incomplete last line", () => {
    expect(reportedSteps(`${event("plan")}${event("left").slice(0, 20)}`)).toEqual(["plan"]);
  });
});
