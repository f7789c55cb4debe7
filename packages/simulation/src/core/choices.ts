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
import type { World } from "./World.js";

/** Everything that may happen next in this world. */
export function choices(world: World): Choice[] {
  const list = progress(world);
  addFaults(world, list);
  return list;
}

/** What may happen without anything going wrong. With the budget spent only this is left, and it leads to the end of the run. */
export function progress(world: World): Choice[] {
  if (!world.isUp) return [choose("boot")];
  const list: Choice[] = [];
  const mustCommit = world.turn.length > 0 && !world.plan.habits.commitsInGroups;
  if (world.turn.length > 0) list.push(choose("commit"));
  if (mustCommit) return list;
  if (world.tells.length > 0) list.push(choose("tell"));
  if (world.wantsCheckpoint !== undefined) list.push(choose("written"));
  for (const { step, attemptNumber } of world.attempts) {
    const isHanging = world.scripts[step]?.[world.recount.failures[step] ?? 0] === "timeout";
    if (!isHanging) list.push(choose("answer", step, attemptNumber));
  }
  if (world.timers.length > 0 && !State.isTerminal(world.state)) list.push(choose("timer"));
  if (world.recount.phase === "paused") list.push(choose("resume"));
  return list;
}

function addFaults(world: World, list: Choice[]): void {
  const { budget } = world;
  if (budget.jumps > 0)
    list.push(
      choose("jump", -1, 0, -86_400_000),
      choose("jump", -1, 0, 86_400_000),
      choose("pass", -1, 0, 700),
    );
  if (!world.isUp) {
    if (budget.commands > 0 && world.journal.length > 0)
      list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
    return;
  }
  if (budget.crashes > 0) list.push(choose("crash"));
  if (world.turn.length > 0 && !world.plan.habits.commitsInGroups) return;
  if (budget.faults > 0) {
    for (const { step, attemptNumber } of world.attempts) {
      for (let more = 0; more < faultReasons.length; more += 1)
        list.push(choose("fault", step, attemptNumber, more));
    }
  }
  if (budget.strays > 0) addStrays(world, list);
  if (budget.requests > 0) addRequests(world, list);
  if (budget.commands > 0) addCommands(world, list);
}

// Any attempt that was ever begun, but for those that run: late, double, or from before a crash.
function addStrays({ recount }: World, list: Choice[]): void {
  for (let step = 0; step < recount.attempt.length; step += 1) {
    const newest = recount.attempt[step] ?? 0;
    const last = recount.status[step] === "running" ? newest - 1 : newest;
    for (let attempt = Math.max(1, last - 1); attempt <= last; attempt += 1) {
      list.push(choose("stray", step, attempt, 0), choose("stray", step, attempt, 1));
    }
  }
}

// Single steps and neighbours: more at once are refused for no other reasons. Bits are of the first 30 steps.
function addRequests({ plan }: World, list: Choice[]): void {
  list.push(choose("request", -1, 0, BATCH_DONE), choose("request", -1, 0, ALL_DONE));
  const size = Math.min(30, plan.defs.length);
  for (let step = 0; step < size; step += 1) list.push(choose("request", -1, 0, 1 << step));
  for (let step = 1; step < size; step += 1) list.push(choose("request", -1, 0, 3 << (step - 1)));
}

function addCommands(world: World, list: Choice[]): void {
  list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
  list.push(choose("restore", -1, 0, BEGINNING), choose("restore", -1, 0, RIGHT_NOW));
  for (
    let index = Math.max(0, world.checkpoints.length - 2);
    index < world.checkpoints.length;
    index += 1
  ) {
    list.push(choose("restore", -1, 0, index));
  }
}
