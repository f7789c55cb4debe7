import { z } from "zod";

/** The exact state of a run: the fourteen states of the machine, in the order in which a run meets them. */
export const RunState = z.enum([
  "idle",
  "parsing",
  "validating_workflow",
  "building_dependency_graph",
  "scheduling_steps",
  "executing_steps",
  "awaiting_completion",
  "creating_checkpoint",
  "restoring_from_checkpoint",
  "aggregating_results",
  "completed",
  "failed",
  "paused",
  "cancelled",
]);
export type RunState = z.output<typeof RunState>;

/** The coarse word for people: what `axw list` shows. Everything before an ending is `running`. */
export const RunStatus = z.enum(["running", "completed", "failed", "paused", "cancelled"]);
export type RunStatus = z.output<typeof RunStatus>;
