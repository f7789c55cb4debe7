import { State } from "@automatosx/rescript-core";
import {
  ALL_DONE,
  BATCH_DONE,
  BEGINNING,
  type Choice,
  choose,
  faultReasons,
  RIGHT_NOW,
} from "./Choice.js";
import type { WorldState } from "./WorldState.js";

/** Requests identify steps by the bits of a number, so only the first 30 steps can be requested. */
const REQUESTABLE_STEPS = 30;

const DAY_MS = 86_400_000;

/** All choices that may happen next in this world. */
export function choices(world: WorldState): Choice[] {
  const list = progress(world);
  addFaults(world, list);
  return list;
}

/**
 * The choices that are not faults. Once the budget is spent, only these remain, and they lead to
 * the end of the run.
 */
export function progress(world: WorldState): Choice[] {
  if (!world.isUp) return [choose("claim")];
  const list: Choice[] = [];
  if (world.turn.length > 0) list.push(choose("commit"));
  if (mustCommit(world)) return list;
  if (world.undelivered.length > 0) list.push(choose("deliver"));
  if (world.checkpointRequest !== undefined) list.push(choose("write"));
  for (const { step, attemptNumber } of world.attempts)
    if (!world.isHanging(step)) list.push(choose("answer", step, attemptNumber));
  if (world.timers.length > 0 && !State.isTerminal(world.state)) list.push(choose("timer"));
  if (world.recount.phase === "paused") list.push(choose("resume"));
  return list;
}

const mustCommit = ({ turn, plan }: WorldState): boolean =>
  turn.length > 0 && !plan.habits.commitsInGroups;

function addFaults(world: WorldState, list: Choice[]): void {
  const { budget } = world;
  if (budget.jumps > 0)
    list.push(
      choose("jump", -1, 0, -DAY_MS),
      choose("jump", -1, 0, DAY_MS),
      choose("delay", -1, 0, 700),
    );
  if (!world.isUp) {
    if (budget.commands > 0 && world.journal.length > 0)
      list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
    return;
  }
  if (budget.crashes > 0) list.push(choose("crash"));
  if (mustCommit(world)) return;
  if (budget.faults > 0) {
    for (const { step, attemptNumber } of world.attempts) {
      for (let detail = 0; detail < faultReasons.length; detail += 1)
        list.push(choose("fault", step, attemptNumber, detail));
    }
  }
  if (budget.strays > 0) addStrays(world, list);
  if (budget.requests > 0) addRequests(world, list);
  if (budget.commands > 0) addCommands(world, list);
}

// The most recent attempts, except those in flight: their answers are late, repeated, or from
// before a crash.
function addStrays({ recount }: WorldState, list: Choice[]): void {
  const { attempt: newestOf, status } = recount.steps;
  for (let step = 0; step < newestOf.length; step += 1) {
    const newest = newestOf[step] ?? 0;
    const last = status[step] === "running" ? newest - 1 : newest;
    for (let attempt = Math.max(1, last - 1); attempt <= last; attempt += 1) {
      list.push(choose("stray", step, attempt, 0), choose("stray", step, attempt, 1));
    }
  }
}

// Single steps and pairs of neighbours: larger sets are refused for the same reasons.
function addRequests({ plan }: WorldState, list: Choice[]): void {
  list.push(choose("request", -1, 0, BATCH_DONE), choose("request", -1, 0, ALL_DONE));
  const size = Math.min(REQUESTABLE_STEPS, plan.defs.length);
  for (let step = 0; step < size; step += 1) list.push(choose("request", -1, 0, 1 << step));
  for (let step = 1; step < size; step += 1) list.push(choose("request", -1, 0, 3 << (step - 1)));
}

function addCommands({ checkpoints }: WorldState, list: Choice[]): void {
  list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
  list.push(choose("restore", -1, 0, BEGINNING), choose("restore", -1, 0, RIGHT_NOW));
  for (let index = Math.max(0, checkpoints.length - 2); index < checkpoints.length; index += 1)
    list.push(choose("restore", -1, 0, index));
}
