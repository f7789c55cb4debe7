import {
  Context,
  Machine,
  RunReader,
  State,
  type StepInfo,
  type StoragePort,
} from "@automatosx/workflow";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { WorldView } from "./world-view.js";

/**
 * Checks the invariants that hold once no more actions are possible at an instant: the engine's
 * view of a run is the fold of its journal, every agent of a cancelled run was aborted, and no run
 * is idle that could continue.
 */
export function checkAtRest(world: WorldView): void {
  for (const run of world.runs) {
    checkAborted(world, run);
    checkView(world, run);
  }
}

function checkAborted(world: WorldView, run: SimulatedRun): void {
  const { cancelledBy, id } = run;
  if (id === undefined || cancelledBy === undefined || !isRunning(cancelledBy)) return;
  for (const { key, isAborted } of world.team.callsOf(cancelledBy, id))
    if (!isAborted)
      world.report(`${run.name} is cancelled, but the agent of ${key} was not aborted`);
}

const isRunning = ({ isDead, clock }: SimulatedProcess): boolean => !isDead && clock.isRunning;

function checkView(world: WorldView, run: SimulatedRun): void {
  const { watchedIn: process, handle, id } = run;
  if (process === undefined || handle === undefined || id === undefined || !isRunning(process))
    return;
  // A process that lost the lease without noticing has an outdated view, which it cannot write.
  if (run.ownedBy !== process) return;
  if (run.reader?.row.runId !== id) run.reader = RunReader.open(fromMemory(world.storage, run), id);
  const { reader } = run;
  if (reader === undefined) return;
  if (reader.seq < run.model.entries.length) for (const _ of reader.advance());
  const { machine } = reader;
  const [state, folded] = [handle.state, Machine.state(machine)];
  if (state !== folded)
    world.report(`${run.name} is ${state}, but according to its journal it is ${folded}`);
  const steps = handle.steps();
  const recorded = recordedSteps(reader);
  if (JSON.stringify(steps) !== recorded.json && stepsText(steps) !== stepsText(recorded.steps))
    world.report(
      `${run.name} has the steps ${stepsText(steps)}, but its journal has ` +
        stepsText(recorded.steps),
    );
  if (
    State.isTerminal(state) ||
    state === "paused" ||
    run.isSuspended ||
    world.time.isOverdue(process.clock) ||
    world.team.isReclaiming(process, id)
  )
    return;
  checkIdle(world, run, process, reader);
}

interface RecordedSteps {
  readonly seq: number;
  readonly steps: readonly StepInfo[];
  readonly json: string;
}

/** The steps that a journal had when they were asked for last: most instants add nothing to it. */
const lastRecorded = new WeakMap<RunReader, RecordedSteps>();

function recordedSteps(reader: RunReader): RecordedSteps {
  const known = lastRecorded.get(reader);
  if (known?.seq === reader.seq) return known;
  const steps = Context.steps(Machine.context(reader.machine));
  const recorded = { seq: reader.seq, steps, json: JSON.stringify(steps) };
  lastRecorded.set(reader, recorded);
  return recorded;
}

/** The steps as text, in which the order of keys does not count. */
const stepsText = (steps: readonly StepInfo[]): string =>
  JSON.stringify(
    steps.map(({ detail, ...step }) => ({
      ...step,
      detail: Object.entries(detail ?? {})
        .filter(([, value]) => value !== undefined)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    })),
  );

function checkIdle(
  world: WorldView,
  run: SimulatedRun,
  process: SimulatedProcess,
  { machine }: RunReader,
): void {
  // Before a run pauses itself, its engine looks whether a command has come for it. A timer may be
  // asked for again.
  const forgotten = Machine.wake(machine, Context.now(Machine.context(machine))).filter(
    (effect) =>
      effect.type !== "wake_at" &&
      (effect.type !== "tell" || effect.event.type !== "pause_workflow"),
  );
  if (forgotten.length > 0)
    world.report(`${run.name} is idle although it could do ${JSON.stringify(forgotten)}`);
  const due = Machine.wake(machine, process.clock.now()).filter(
    (effect) => effect.type === "tell" && effect.event.type === "execute_step_batch",
  );
  if (due.length > 0) world.report(`${run.name} is idle although ${JSON.stringify(due)} is due`);
}

// Reads the acknowledged entries from memory: reading the database at every instant would take most
// of the time. At the end, `checkJournal` compares the two.
function fromMemory(storage: StoragePort, run: SimulatedRun): StoragePort {
  const { model } = run;
  const readJournal = (_runId: string, afterSeq = 0): typeof model.entries =>
    model.entries.slice(afterSeq);
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown =
        name === "readJournal" ? readJournal : Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
