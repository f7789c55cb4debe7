import type { WorkflowEvent } from "@automatosx/rescript-core";

type Type = WorkflowEvent["type"];

/** Events by which a run goes back: it keeps results with the same requests, and starts nothing. */
export const CHANGES: ReadonlySet<Type> = new Set<Type>([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/** All events by which a run goes back, also after it has failed. */
export const WAYS_BACK: ReadonlySet<Type> = new Set<Type>([...CHANGES, "restore_checkpoint"]);
