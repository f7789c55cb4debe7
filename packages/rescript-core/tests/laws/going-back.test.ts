import { describe, expect, test } from "vitest";
import {
  Context,
  Machine,
  type MachineSnapshot,
  RunQueries,
  type StepInfo,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import { attachment } from "../support/attempt-traits.js";
import { acceptedOf, holds as holdsFor, stepIn, stepsOf } from "../support/laws.js";
import { complete, definitionOf, moveAll, preparing, start, step } from "../support/machines.js";
import { endingRuns, type RandomRun, treeRuns, wildRuns } from "../support/random-runs.js";
import { describeMachine, Shell } from "../support/Shell.js";

/** Every run goes back at several of its machines. */
const holds = (runs: Parameters<typeof holdsFor>[0], law: (run: RandomRun) => void): void =>
  holdsFor(runs, law, 0.25);

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
        // Stops are entered last when a run goes back, so what one has cancelled may be skipped.
        if (RunQueries.stopped(machine) !== undefined) continue;
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

/** Completed steps of agents, whose results can be edited. */
const editableIn = (machine: WorkflowMachine): StepInfo[] =>
  stepsOf(machine).filter(
    ({ status, kind, gate, wait, stop, id }) =>
      status === "completed" &&
      kind === undefined &&
      gate === undefined &&
      wait === undefined &&
      stop === undefined &&
      attachment(id) === null,
  );

const edit = (
  { id: stepId, attemptNumber }: Pick<StepInfo, "id" | "attemptNumber">,
  of: string,
): WorkflowEvent => ({
  type: "result_edited",
  stepId,
  attemptNumber,
  result: { of },
  recipe: 1,
});

function accept(machine: WorkflowMachine, event: WorkflowEvent, at: number): WorkflowMachine {
  const outcome = Machine.transition(machine, event, at);
  if (!outcome.ok) throw new Error(`refused ${event.type}: ${outcome.reason}`);
  return outcome.machine;
}

describe.each(runsOf)("an edited result, in $of", ({ runs }) => {
  test("leaves no completed step whose request has changed", () => {
    holds(runs, (run) => {
      for (const { machine, at } of liveMachines(run)) {
        const [first] = editableIn(machine);
        if (first === undefined) continue;
        const after = accept(machine, edit(first, "edited"), at);
        const wrong = editableIn(after).filter(({ id, attemptNumber }) => {
          const before = stepIn(machine, id);
          return (
            id !== first.id &&
            before?.status === "completed" &&
            before.attemptNumber === attemptNumber &&
            RunQueries.requestKey(machine, id) !== RunQueries.requestKey(after, id)
          );
        });
        expect(wrong).toEqual([]);
      }
    });
  });

  test("is undone by the old result, before anything has begun again", () => {
    holds(runs, (run) => {
      // A question is asked again at once, a stop cancels what is stale, and time that has been
      // used up is not used up again.
      if (/"(?:gate|wait|stop|totalTimeout)":/u.test(JSON.stringify(run.workflow))) return;
      for (const { machine, at } of liveMachines(run)) {
        const [first] = editableIn(machine);
        if (first === undefined || RunQueries.inFlightCount(machine) > 0) continue;
        const there = accept(machine, edit(first, "edited"), at);
        const { result } = first;
        const back = accept(there, { ...edit(first, ""), result } as WorkflowEvent, at);
        // Handlers run again for the end that the run comes to.
        const kept = (of: WorkflowMachine) =>
          editableIn(of)
            .filter(({ id }) => !id.startsWith(":"))
            .map(({ id, attemptNumber, result }) => ({ id, attemptNumber, result }));
        expect(kept(back)).toEqual(kept(machine));
      }
    });
  });

  test("leads to the same run, whichever of two is edited first", () => {
    holds(runs, (run) => {
      // A question that the first edit asks again counts an attempt.
      if (/"(?:gate|wait)":/u.test(JSON.stringify(run.workflow))) return;
      for (const { machine, at } of liveMachines(run)) {
        const [one, two] = editableIn(machine);
        if (one === undefined || two === undefined) continue;
        const both = [edit(one, "edited"), edit(two, "edited, too")] as const;
        const orders = [both, [both[1], both[0]]].map(([first, second]) => {
          const once = Machine.transition(machine, first, at);
          const twice = once.ok ? Machine.transition(once.machine, second, at) : once;
          return twice.ok ? comparable(twice.machine) : undefined;
        });
        // The second may be stale after the first: then only one order is possible.
        if (orders.every((order) => order !== undefined) && areApart(machine, one, two))
          expect(orders[0]).toEqual(orders[1]);
      }
    });
  });
});

test("two edits before an external step in flight lead to the same run in either order", () => {
  const steps = [
    step("a"),
    step("b", { dependencies: ["a"] }),
    step("c"),
    step("pay", { dependencies: ["b", "c"], effect: "external", reconcile: step("reconcile") }),
  ];
  const machine = moveAll(Machine.make(0), [
    ...preparing(steps),
    { type: "steps_scheduled" },
    start("a", "c"),
    complete("a"),
    start("b"),
    complete("b"),
    complete("c"),
    start("pay"),
  ]);
  // After the edit of `a`, `pay` waits for `b` again; after that of `c`, it is entered at once.
  const [first, second] = ["a", "c"].map((id) => edit({ id, attemptNumber: 1 }, "edited"));
  if (first === undefined || second === undefined) throw new Error("no edits");
  const both = moveAll(machine, [first, second]);
  expect(comparable(both)).toEqual(comparable(moveAll(machine, [second, first])));
  expect(Machine.snapshot(both, undefined).offers).toMatchObject([{ id: "b" }, { id: "pay" }]);
});

/** Does neither step stand before the other, as `downstream` sees it? */
function areApart(machine: WorkflowMachine, one: StepInfo, two: StepInfo): boolean {
  const reopened = (of: StepInfo) =>
    Machine.transition(
      machine,
      { type: "steps_reopened", stepIds: [of.id], downstream: true, recipe: 1 },
      Context.now(Machine.context(machine)),
    );
  const isKept = (of: StepInfo, other: StepInfo) => {
    const outcome = reopened(of);
    return outcome.ok && stepIn(outcome.machine, other.id)?.status === "completed";
  };
  return isKept(one, two) && isKept(two, one);
}

interface Waiting {
  readonly id: string;
  readonly attemptNumber: number;
}

/** The results that wait on offer. Handlers run again, for the end that comes then. */
const waitingIn = (machine: WorkflowMachine): Waiting[] =>
  (Machine.snapshot(machine, undefined).offers ?? [])
    .filter(({ id, status, request }) => status === "completed" && request && !id.startsWith(":"))
    .map(({ id, attemptNumber }) => ({ id, attemptNumber }));

/** Is the result on offer, or taken, or not the answer to what its step is asked now? */
function isKnown(machine: WorkflowMachine, { id, attemptNumber }: Waiting): boolean {
  if (waitingIn(machine).some((other) => other.id === id)) return true;
  const step = Machine.snapshot(machine, undefined).steps.find((one) => one.id === id);
  const isTaken = step?.status === "completed" && step.attemptNumber === attemptNumber;
  return isTaken || (step?.detail?.changed ?? []).length > 0;
}

// Counted over all kinds of runs: in some, a result rarely waits on offer when the run fails.
let offerCount = 0;

describe.each(runsOf)("a failed run that resumes, in $of", ({ runs }) => {
  test("keeps every result on offer", () => {
    holds(runs, (run) => {
      for (const { machine, at } of liveMachines(run)) {
        const [first] = editableIn(machine);
        if (first === undefined) continue;
        const edited = accept(machine, edit(first, "edited"), at);
        const failed = accept(edited, { type: "workflow_failed", error: "from outside" }, at);
        // Otherwise its handlers run first.
        if (Machine.state(failed) !== "failed") continue;
        const data = Context.checkpointData(Machine.context(failed), "as it failed");
        const checkpointData = { ...data, keepsOffers: true };
        const resumed = accept(failed, { type: "restore_checkpoint", checkpointData }, at);
        const waiting = waitingIn(failed);
        offerCount += waiting.length;
        expect(waiting.filter((result) => !isKnown(resumed, result))).toEqual([]);
      }
    });
  });
});

test("the failed runs that resume have results on offer", () => {
  expect(offerCount).toBeGreaterThan(0);
});

describe.each(runsOf)("snapshots after a step back, in $of", ({ runs }) => {
  test("restore an equivalent machine, and so does the rest of the run", () => {
    holds(runs, (run) => {
      for (const { machine, at } of liveMachines(run)) {
        const [first] = editableIn(machine);
        if (first === undefined) continue;
        const after = accept(machine, edit(first, "edited"), at);
        const chain = [Machine.snapshot(machine, undefined), Machine.snapshot(after, machine)];
        const copy = Machine.fastForward(
          new Shell(run.workflow).prepare().machine,
          JSON.parse(JSON.stringify(chain)),
        );
        expect(describeMachine(copy)).toEqual(describeMachine(after));
        // The test shell does not wait for a scope to be free.
        if (RunQueries.parked(after).length === 0)
          expect(endOf(run, copy, at)).toEqual(endOf(run, after, at));
      }
    });
  });
});

/** How a run ends that continues from here, attempt by attempt. */
function endOf({ workflow }: RandomRun, machine: WorkflowMachine, at: number): object {
  const shell = new Shell(workflow, machine);
  shell.now = at;
  shell.wake();
  return describeMachine(shell.finish().machine);
}
