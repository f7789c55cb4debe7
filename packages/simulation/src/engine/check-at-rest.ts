import { Context, Machine, RunReader, State, type StoragePort } from "@automatosx/workflow";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { World } from "./World.js";

/**
 * What holds whenever nothing more can happen at an instant: the engine's view of a run is the fold of its journal,
 * a cancelled run has no agent that was not told to stop, and nothing waits that could go on.
 */
export function checkAtRest(world: World): void {
  for (const run of world.runs) {
    checkStopped(world, run);
    checkView(world, run);
  }
}

function checkStopped(world: World, run: SimulatedRun): void {
  const { cancelledBy } = run;
  if (
    cancelledBy === undefined ||
    cancelledBy.isDead ||
    !cancelledBy.clock.isRunning ||
    run.id === undefined
  )
    return;
  for (const { key, isAborted } of world.team.callsOf(cancelledBy, run.id)) {
    if (!isAborted) world.report(`${run.name} is cancelled, and the agent of ${key} was not told`);
  }
}

function checkView(world: World, run: SimulatedRun): void {
  const { attendedBy: process, handle, id } = run;
  if (
    process === undefined ||
    handle === undefined ||
    id === undefined ||
    process.isDead ||
    !process.clock.isRunning
  )
    return;
  // Taken over without having heard of it: what it believes is old, and it will not get it written.
  if (run.ownedBy !== process) return;
  if (run.reader?.row.runId !== id) run.reader = RunReader.open(fromMemory(world.look, run), id);
  const { reader } = run;
  if (reader === undefined) return;
  if (reader.seq < run.model.entries.length) for (const _ of reader.advance());
  const { machine } = reader;
  const context = Machine.context(machine);
  if (handle.state !== Machine.state(machine))
    world.report(`${run.name} is ${handle.state}; by its journal ${Machine.state(machine)}`);
  const [live, folded] = [JSON.stringify(handle.steps()), JSON.stringify(Context.steps(context))];
  if (live !== folded) world.report(`${run.name} has the steps ${live}; by its journal ${folded}`);
  if (
    State.isTerminal(handle.state) ||
    handle.state === "paused" ||
    run.isPutAside ||
    world.time.isOverdue(process.clock)
  )
    return;
  if (world.team.isReclaiming(process, id)) return;
  const forgotten = Machine.wake(machine, Context.now(context));
  if (forgotten.length > 0)
    world.report(`${run.name} is idle, and could go on with ${JSON.stringify(forgotten)}`);
  const due = Machine.wake(machine, process.clock.now()).filter(
    (effect) => effect.type === "tell" && effect.event.type === "execute_step_batch",
  );
  if (due.length > 0)
    world.report(`${run.name} is idle, and it is time for ${JSON.stringify(due)}`);
}

// The journal as it was acknowledged: to ask the database after each step would take most of the time. That it has
// the same is seen at the end.
function fromMemory(look: StoragePort, run: SimulatedRun): StoragePort {
  const { model } = run;
  const readJournal = (_runId: string, afterSeq = 0): typeof model.entries =>
    model.entries.slice(afterSeq);
  return new Proxy(look, {
    get(target, name) {
      const member: unknown =
        name === "readJournal" ? readJournal : Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
