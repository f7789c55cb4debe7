import type { WorkflowEvent } from "../core/workflow-state-machine.js";

const OWN_STEPS: ReadonlySet<string> = new Set<WorkflowEvent["type"]>([
  "create_checkpoint",
  "steps_due",
  "execute_step_batch",
  "batch_completed",
  "pause_workflow",
  "all_steps_completed",
  "workflow_failed",
  "cancel_workflow",
]);

/**
 * Whether a machine sends itself this event because of its own state: what may start, what is due,
 * or how the run ends. A machine that is woken requests the event again.
 */
export function isOwnStep({ type }: WorkflowEvent): boolean {
  return OWN_STEPS.has(type);
}
