import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { agentsOf, everyStep, RUN_STEP_ID } from "@automatosx/workflow";

/** A step that an agent performs. */
export interface AgentStep {
  readonly id: string;
  readonly agentId: string;
  /** The workflow's own step or the handler that the step is, or that contains it. */
  readonly root: StepDefinition;
  readonly isHandler: boolean;
}

/**
 * Returns the steps that agents perform, those of groups, checks and handlers included, in the
 * order of the definition. A step that chooses its agent, or falls back to others, is listed once
 * for each of them. Programs of `run` steps need no agent.
 */
export function agentSteps({ steps, on = {} }: WorkflowDefinition): readonly AgentStep[] {
  const { failure = [], always = [] } = on;
  return [...stepsOf(steps, false), ...stepsOf([...failure, ...always], true)];
}

function stepsOf(roots: readonly StepDefinition[], isHandler: boolean): readonly AgentStep[] {
  return roots.flatMap((root) =>
    [...everyStep([root])].flatMap((step) =>
      agentsOf(step)
        .filter((agentId) => agentId !== RUN_STEP_ID)
        .map((agentId) => ({ id: step.id, agentId, root, isHandler })),
    ),
  );
}

/**
 * Whether a run may still perform a step. `left`: the paths of the steps that it may perform;
 * undefined for a new run. Handlers run at the end of every run that performs something.
 */
export function isStepLeft(
  { root, isHandler }: AgentStep,
  left: ReadonlySet<string> | undefined,
): boolean {
  if (left === undefined) return true;
  return isHandler ? left.size > 0 : left.has(root.id);
}
