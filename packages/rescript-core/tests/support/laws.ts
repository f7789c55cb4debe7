import * as fc from "fast-check";
import {
  Context,
  type Effect,
  Machine,
  type StepInfo,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import type { RandomRun } from "./random-runs.js";
import type { Visit } from "./Shell.js";

/**
 * The number of cases per law; `LAW_CASES=100000 vitest run tests/laws` tries more. fast-check
 * prints the seed of a failing case.
 */
export const lawCases = Number(process.env["LAW_CASES"] ?? 1000);

/** Checks a law on random runs, or on a share of their usual number if each is costly. */
export function holds(
  runs: fc.Arbitrary<RandomRun>,
  law: (run: RandomRun) => void,
  share = 1,
): void {
  fc.assert(fc.property(runs, law), { numRuns: Math.ceil(lawCases * share) });
}

export interface Accepted extends Visit {
  readonly after: WorkflowMachine;
  readonly effects: readonly Effect[];
}

export function acceptedOf({ shell }: RandomRun): Accepted[] {
  return shell.visits.flatMap((visit) =>
    visit.outcome.ok
      ? [{ ...visit, after: visit.outcome.machine, effects: visit.outcome.effects }]
      : [],
  );
}

/**
 * The accepted events between one start or restore and the next: each step's attempts are counted
 * within such an era.
 */
export function erasOf(run: RandomRun): Accepted[][] {
  const eras: Accepted[][] = [[]];
  for (const visit of acceptedOf(run)) {
    if (visit.event.type === "restore_checkpoint" || visit.event.type === "reset") eras.push([]);
    eras.at(-1)?.push(visit);
  }
  return eras;
}

export const stepsOf = (machine: WorkflowMachine): StepInfo[] =>
  Context.steps(Machine.context(machine));

export const stepIn = (machine: WorkflowMachine, stepId: string): StepInfo | undefined =>
  Context.step(Machine.context(machine), stepId);

/** The ids of the steps that this event started. */
export const startedBy = ({ effects }: Accepted): string[] =>
  effects.flatMap((effect) => (effect.type === "run_step" ? [effect.stepId] : []));

export const isOutcome = (
  event: WorkflowEvent,
): event is Extract<WorkflowEvent, { type: "step_completed" | "step_failed" | "step_answered" }> =>
  event.type === "step_completed" || event.type === "step_failed" || event.type === "step_answered";
