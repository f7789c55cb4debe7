import { describe, expect, test } from "vitest";
import {
  Context,
  Machine,
  type MachineSnapshot,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import { acceptedOf, holds } from "../support/laws.js";
import { definitionOf } from "../support/machines.js";
import { endingRuns, type RandomRun, treeRuns, wildRuns } from "../support/random-runs.js";

const LIVE: ReadonlySet<string> = new Set([
  "executing_steps",
  "awaiting_completion",
  "creating_checkpoint",
  "paused",
]);

/** Does the run end whatever its steps do? It then refuses what goes back. */
const isEnding = (machine: WorkflowMachine): boolean =>
  RunQueries.isCancelling(machine) ||
  Machine.snapshot(machine, machine).ending?.failure !== undefined;

/** The machines of a run that accept what goes back, at most eight of them. */
function liveMachines(run: RandomRun): { machine: WorkflowMachine; at: number }[] {
  const found = acceptedOf(run)
    .map(({ after, at }) => ({ machine: after, at }))
    .filter(({ machine }) => LIVE.has(Machine.state(machine)) && !isEnding(machine));
  const every = Math.max(1, Math.floor(found.length / 8));
  return found.filter((_, index) => index % every === 0);
}

const sameDefinition = ({ workflow: { tasks, policy, handlers } }: RandomRun): WorkflowEvent =>
  definitionOf(
    tasks.map(({ def }) => def),
    policy,
    handlers,
  );

/** A snapshot with its steps by path, without what every step back changes. */
function comparable(machine: WorkflowMachine): object {
  const {
    steps,
    generation: _,
    definitionHash: __,
    ...rest
  }: MachineSnapshot = Machine.snapshot(machine, undefined);
  return { ...rest, steps: steps.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

const runsOf = [
  { of: "a plain workflow", runs: wildRuns },
  { of: "a workflow with gates, waits, groups, items and rounds", runs: treeRuns },
  { of: "a workflow with stops, total timeouts and handlers", runs: endingRuns },
];

describe.each(runsOf)("the same definition again, in $of", ({ runs }) => {
  test("changes nothing, and ends no attempt", () => {
    holds(runs, (run) => {
      for (const { machine, at } of liveMachines(run)) {
        const outcome = Machine.transition(machine, sameDefinition(run), at);
        if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
        expect(comparable(outcome.machine)).toEqual(comparable(machine));
        const kinds = outcome.effects.map(({ type }) => type);
        expect(kinds.filter((type) => type !== "tell" && type !== "wake_at")).toEqual([]);
        expect(Context.metrics(Machine.context(outcome.machine))).toEqual(
          Context.metrics(Machine.context(machine)),
        );
      }
    });
  });
});
