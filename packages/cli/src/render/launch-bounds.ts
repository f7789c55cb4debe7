import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { count } from "./words.js";

/** How often a run calls agents. `most` is absent if it depends on results. */
export interface LaunchBounds {
  readonly least: number;
  readonly most?: number;
}

/**
 * The least and the most calls of agents in a run that completes without a crash. Programs of `run`
 * steps are not counted. A step that may be skipped counts as skipped for the least.
 */
export function launchBounds({ steps }: Pick<WorkflowDefinition, "steps">): LaunchBounds {
  return boundsOfList(steps);
}

/** The bounds in words: `3–9 launches`, `at least 2 launches`. */
export function describeLaunches({ least, most }: LaunchBounds): string {
  if (most === undefined) return `at least ${count(least, "launch", "launches")}`;
  return most === least ? count(most, "launch", "launches") : `${least}–${most} launches`;
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

/** How often an agent is asked again if a step with `output` does not say. */
const DEFAULT_REASKS = 3;

function boundsOfLeaf({ run, retries, output, reasks }: StepDefinition): LaunchBounds {
  if (run !== undefined) return { least: 0, most: 0 };
  const asked = output === undefined ? 0 : (reasks ?? DEFAULT_REASKS);
  return { least: 1, most: (1 + retries) * (1 + asked) };
}

// A step without a condition runs if every step that it needs does. An edge that is satisfied by a
// skip or a failure needs nothing; under `any`, one of several steps runs, and it is not known
// which.
function certainSteps(steps: readonly StepDefinition[]): ReadonlySet<string> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const known = new Map<string, boolean>();
  const isCertain = (id: string): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const step = byId.get(id);
    const isSure =
      step !== undefined &&
      step.if === undefined &&
      step.join === undefined &&
      step.dependencies.every((other) => step.joins?.[other] !== undefined || isCertain(other));
    known.set(id, isSure);
    return isSure;
  };
  // Dependencies first, so that no chain of calls is longer than one.
  const remaining = [...byId.keys()];
  for (const id of inOrder(byId, remaining)) isCertain(id);
  return new Set(remaining.filter(isCertain));
}

function inOrder(
  byId: ReadonlyMap<string, StepDefinition>,
  ids: readonly string[],
): readonly string[] {
  const ordered: string[] = [];
  const entered = new Set<string>();
  for (const root of ids) {
    const stack: { readonly id: string; next: number }[] = [{ id: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined) break;
      if (top.next === 0 && entered.has(top.id)) {
        stack.pop();
        continue;
      }
      entered.add(top.id);
      const dependency = byId.get(top.id)?.dependencies[top.next];
      top.next += 1;
      if (dependency === undefined) {
        ordered.push(top.id);
        stack.pop();
      } else if (!entered.has(dependency)) stack.push({ id: dependency, next: 0 });
    }
  }
  return ordered;
}
