import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { agentsOf, everyStep, RUN_STEP_ID } from "@automatosx/workflow";

/** A step that an agent performs. */
export interface AgentStep {
  readonly id: string;
  readonly agentId: string;
  /** The step of the workflow itself that contains it, or the step. */
  readonly root: StepDefinition;
}

/**
 * Returns the steps that agents perform, those of groups included, in the order of the definition.
 * A step that chooses its agent is listed once for each that it may choose. Programs of `run` steps
 * need no agent.
 */
export function agentSteps({ steps }: WorkflowDefinition): readonly AgentStep[] {
  return steps.flatMap((root) =>
    [...everyStep([root])].flatMap((step) =>
      agentsOf(step)
        .filter((agentId) => agentId !== RUN_STEP_ID)
        .map((agentId) => ({ id: step.id, agentId, root })),
    ),
  );
}
