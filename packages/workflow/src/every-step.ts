import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";

/**
 * Yields the steps of a list, with those of groups, checks and `reconcile`, in the order of the
 * definition.
 */
export function* everyStep(
  steps: readonly StepDefinition[],
): Generator<StepDefinition, void, undefined> {
  for (const step of steps) {
    yield step;
    if (step.steps !== undefined) yield* everyStep(step.steps);
    yield* everyStep(attachedSteps(step));
  }
}

/** Yields every step of a workflow, those of its handlers included. */
export function* everyStepOf({
  steps,
  on: { failure = [], always = [] } = {},
}: Pick<WorkflowDefinition, "steps" | "on">): Generator<StepDefinition, void, undefined> {
  yield* everyStep(steps);
  yield* everyStep(failure);
  yield* everyStep(always);
}

/** Returns the steps that belong to another one: its checks, and what finds out its effect. */
export function attachedSteps({ check = [], reconcile }: StepDefinition): StepDefinition[] {
  const checks = check.flatMap(({ step }) => step ?? []);
  return reconcile === undefined ? checks : [...checks, reconcile];
}

/**
 * Returns the ids of the agents that may perform the step itself; none for a group, a gate, a wait,
 * a stop and a step that runs a workflow of its own.
 */
export function agentsOf(step: StepDefinition): readonly string[] {
  const { agentId, choice, steps, fallback, gate, wait, stop, workflow } = step;
  if ((steps ?? gate ?? wait ?? stop ?? workflow) !== undefined) return [];
  const first = choice === undefined ? [agentId] : choice.oneOf;
  return fallback === undefined ? first : [...first, ...fallback.agents];
}

const withDirectory = new WeakMap<WorkflowDefinition, boolean>();

/**
 * Whether the runs of a workflow have a directory: it has a script, declares files, or names
 * `run.dir`.
 */
export function hasRunDirectory(definition: WorkflowDefinition): boolean {
  return holds(definition, withDirectory, needsDirectory);
}

// A text that only looks like a reference costs no more than an empty directory.
const RUN_DIR = /\brun\s*(\.\s*dir\b|\[\s*\\?["']dir\\?["']\s*\])/;

function needsDirectory({ files, run, task, with: options }: StepDefinition): boolean {
  return (
    files !== undefined ||
    run?.script !== undefined ||
    RUN_DIR.test(JSON.stringify([task, options, run]))
  );
}

const withChildRuns = new WeakMap<WorkflowDefinition, boolean>();

/** Whether a step of the workflow runs another workflow as a run of its own. */
export function usesChildRuns(definition: WorkflowDefinition): boolean {
  return holds(definition, withChildRuns, ({ workflow }) => workflow !== undefined);
}

const idsOfChildSteps = new WeakMap<WorkflowDefinition, ReadonlySet<string>>();

/** Returns the ids of the steps that run another workflow as a run of its own. */
export function childStepIds(definition: WorkflowDefinition): ReadonlySet<string> {
  const known = idsOfChildSteps.get(definition);
  if (known !== undefined) return known;
  const steps = usesChildRuns(definition) ? [...everyStepOf(definition)] : [];
  const ids = new Set(steps.filter(({ workflow }) => workflow !== undefined).map(({ id }) => id));
  idsOfChildSteps.set(definition, ids);
  return ids;
}

const withOwnResults = new WeakMap<WorkflowDefinition, boolean>();

/** Whether a workflow has steps that `hasOwnResult` is true of. */
export function hasOwnResults(definition: WorkflowDefinition): boolean {
  return holds(definition, withOwnResults, hasOwnResult);
}

/**
 * Whether the journal may have no result of the step's completed attempt: it follows from an
 * answer, a signal or an instant.
 */
export function hasOwnResult({
  gate,
  wait,
  stop,
  effect,
}: Pick<StepDefinition, "gate" | "wait" | "stop" | "effect">): boolean {
  return gate !== undefined || wait !== undefined || stop !== undefined || effect === "external";
}

const withCache = new WeakMap<WorkflowDefinition, boolean>();

/** Whether results of steps of a workflow may come from other runs. */
export function usesCache(definition: WorkflowDefinition): boolean {
  return holds(definition, withCache, ({ cache }) => cache !== undefined);
}

function holds(
  definition: WorkflowDefinition,
  known: WeakMap<WorkflowDefinition, boolean>,
  test: (step: StepDefinition) => boolean,
): boolean {
  // A plain workflow is not searched.
  if (definition.language === undefined) return false;
  const answer = known.get(definition) ?? [...everyStepOf(definition)].some(test);
  known.set(definition, answer);
  return answer;
}
