import { Machine, type WorkflowEvent } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import { projectEvents } from "../src/index.js";

describe("projectEvents", () => {
  test("shows a change of state", () => {
    const before = Machine.make(0);
    const event: WorkflowEvent = {
      type: "initiate_workflow",
      workflowId: "greet",
      definition: "",
      format: "yaml",
      context: {},
    };
    const outcome = Machine.transition(before, event, 5);
    if (!outcome.ok) throw new Error(outcome.reason);
    const { machine: after, effects } = outcome;
    expect(projectEvents({ runId: "r", seq: 1, at: 5, event, before, after, effects })).toEqual([
      { runId: "r", seq: 1, at: 5, type: "run_state", state: "parsing", status: "running" },
    ]);
  });
});
