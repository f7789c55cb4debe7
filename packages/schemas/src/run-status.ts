/*
 * The words for how a run stands, without Zod: who only looks at runs has no need of it, and it
 * takes a third of the time in which such a process is done.
 */

/** The fourteen states of the machine, in the order in which a run meets them. */
export const RUN_STATES = [
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
] as const;

/** The coarse words for people. */
export const RUN_STATUSES = ["running", "completed", "failed", "paused", "cancelled"] as const;
