/*
 * The names of run states, kept free of Zod: a process that only observes runs does not need it,
 * and loading it would take a third of that process's time.
 */

/** The fourteen states of the machine, in the order in which a run reaches them. */
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

/** The coarse, human-readable statuses. */
export const RUN_STATUSES = ["running", "completed", "failed", "paused", "cancelled"] as const;

/** Returns the status for a state: a run that has neither ended nor paused is `running`. */
export function statusOf(state: (typeof RUN_STATES)[number]): (typeof RUN_STATUSES)[number] {
  switch (state) {
    case "completed":
    case "failed":
    case "paused":
    case "cancelled":
      return state;
    default:
      return "running";
  }
}
