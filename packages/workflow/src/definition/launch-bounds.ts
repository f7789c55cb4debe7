import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { MAX_REASKS } from "@automatosx/schemas/written";
import { agentsOf, everyStep } from "../every-step.js";

/** How often a run calls agents. `most` is absent if it depends on results. */
export interface LaunchBounds {
  /** The lowest number of calls. */
  readonly least: number;
  /** The highest number of calls. */
  readonly most?: number;
}

/**
 * The least and the most calls of agents in a run that completes without a crash. Programs of `run`
 * steps are not counted. A step that may be skipped counts as skipped for the least.
 */
export function launchBounds({
  steps,
  on: { always = [] } = {},
}: Pick<WorkflowDefinition, "steps" | "on">): LaunchBounds {
  const main = boundsOfList(steps);
  const end = boundsOfList(always);
  // A stop may end the run before anything else is launched.
  const mayStop = [...everyStep(steps)].some(({ stop }) => stop !== undefined);
  const { most: mostAtEnd = 0 } = end;
  return {
    least: (mayStop ? 0 : main.least) + end.least,
    ...(main.most !== undefined && { most: main.most + mostAtEnd }),
  };
}

function boundsOfList(steps: readonly StepDefinition[]): LaunchBounds {
  const certain = certainSteps(steps);
  return steps.reduce<LaunchBounds>(
    (sum, step) => {
      const { least, most } = boundsOf(step);
      return {
        least: sum.least + (certain.has(step.id) ? least : 0),
        ...(sum.most !== undefined && most !== undefined && { most: sum.most + most }),
      };
    },
    { least: 0, most: 0 },
  );
}

function boundsOf(step: StepDefinition): LaunchBounds {
  const once = step.steps === undefined ? boundsOfLeaf(step) : boundsOfList(step.steps);
  const { foreach, loop } = step;
  if (loop !== undefined) {
    const least = loop.until === undefined ? loop.max : 1;
    return times(once, least, loop.max);
  }
  if (foreach === undefined) return once;
  return Array.isArray(foreach.in)
    ? times(once, foreach.in.length, foreach.in.length)
    : { least: 0, ...(once.most === 0 && { most: 0 }) };
}

function times({ least, most }: LaunchBounds, fewest: number, highest: number): LaunchBounds {
  return { least: least * fewest, ...(most !== undefined && { most: most * highest }) };
}

function boundsOfLeaf(step: StepDefinition): LaunchBounds {
  const { run, retries, output, reasks, fallback } = step;
  const agentCount = agentsOf(step).length === 0 || run !== undefined ? 0 : 1;
  const asked = output === undefined ? 0 : (reasks ?? MAX_REASKS);
  const attempts = (1 + retries) * (1 + asked) * (1 + (fallback?.agents.length ?? 0));
  const checks = (step.check ?? []).flatMap((check) =>
    check.step === undefined ? [] : [boundsOf(check.step)],
  );
  const found = step.reconcile === undefined ? 0 : (boundsOf(step.reconcile).most ?? 0);
  const least = checks.reduce((sum, bounds) => sum + bounds.least, agentCount);
  const most = checks.reduce((sum, bounds) => sum + (bounds.most ?? 0), agentCount + found);
  return { least, most: most * attempts };
}

// A step without a condition runs if every step that it needs does. An edge that is satisfied by a
// skip or a failure needs nothing; under `any`, one of several steps runs, and it is not known
// which.
function certainSteps(steps: readonly StepDefinition[]): ReadonlySet<string> {
  const needing = new Map<string, string[]>(steps.map(({ id }) => [id, []]));
  for (const { id, dependencies, joins } of steps)
    for (const other of dependencies)
      if (joins?.[other] === undefined) needing.get(other)?.push(id);
  const isOptional = (step: StepDefinition): boolean =>
    step.if !== undefined || step.join !== undefined;
  const uncertain = new Set(steps.filter(isOptional).map(({ id }) => id));
  // The set grows while it is read: what needs an uncertain step is uncertain too.
  for (const id of uncertain) for (const other of needing.get(id) ?? []) uncertain.add(other);
  return new Set([...needing.keys()].filter((id) => !uncertain.has(id)));
}
