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
 * Whether a machine tells itself this event because of its own position: what may start, what is
 * due, or how the run ends. It asks for it again when it is woken.
 */
export function isOwnStep({ type }: WorkflowEvent): boolean {
  return OWN_STEPS.has(type);
}
