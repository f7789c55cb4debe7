import { expect, test } from "vitest";
import { RUN_STATES, statusOf } from "../src/run-status.js";

test("statusOf names the endings and the pause; every other state is `running`", () => {
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
