import { expect, test } from "vitest";
import { RUN_STATES, statusOf } from "../src/run-status.js";

test("statusOf maps the final states and `paused` to themselves, and every other state to `running`", () => {
  const words = Object.fromEntries(RUN_STATES.map((state) => [state, statusOf(state)]));
  expect(words).toEqual({
    idle: "running",
    parsing: "running",
    validating_workflow: "running",
    building_dependency_graph: "running",
    scheduling_steps: "running",
    executing_steps: "running",
    awaiting_completion: "running",
    creating_checkpoint: "running",
    restoring_from_checkpoint: "running",
    aggregating_results: "running",
    completed: "completed",
    failed: "failed",
    paused: "paused",
    cancelled: "cancelled",
  });
});
