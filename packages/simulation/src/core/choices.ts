import { State } from "@automatosx/rescript-core";
import {
  AGAIN,
  ALL_DONE,
  BATCH_DONE,
  BEGINNING,
  type Choice,
  choose,
  DOWNSTREAM,
  EARLY,
  EDIT,
  MISFIT,
  NOT_DONE,
  PLAIN_FAULTS,
  REJECT,
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
  // A run that is woken too early only asks for another timer.
  if (world.turn.length > 0 || world.effects.length > 0) list.push(choose("commit"));
  if (mustCommit(world)) return list;
  if (world.undelivered.length > 0) list.push(choose("deliver"));
  if (world.checkpointRequest !== undefined) list.push(choose("write"));
  for (const { step, attemptNumber } of world.attempts)
    if (!world.isHanging(step)) list.push(choose("answer", step, attemptNumber));
  if (world.timers.length > 0 && !State.isTerminal(world.state)) list.push(choose("timer"));
  addAnswers(world, list);
  if (mayResume(world)) list.push(choose("resume"));
  if (world.recount.steps.run?.pausedFor === "budget") list.push(choose("raise"));
  return list;
}

/** What the run waits for: every open question, signal and unknown effect. */
function addAnswers({ recount: { steps, phase }, plan, budget }: WorldState, list: Choice[]): void {
  const isEdited = plan.variants !== undefined && budget.commands > 0;
  if (phase !== "executing" && phase !== "paused" && phase !== "checkpoint") return;
  for (const { status, form, path, attemptNumber, def } of steps.run?.waitsFor ?? []) {
    const step = steps.indexOf(path);
    if (status === "unknown")
      list.push(
        choose("resolve", step, attemptNumber),
        choose("resolve", step, attemptNumber, NOT_DONE),
      );
    else if (form === "gate")
      list.push(
        choose("gate", step, attemptNumber),
        choose("gate", step, attemptNumber, REJECT),
        ...(isEdited && def.gate?.editable !== undefined
          ? [choose("gate", step, attemptNumber, EDIT)]
          : []),
      );
    else list.push(choose("signal", step, attemptNumber));
  }
}

/** A run that waits would only pause again. */
function mayResume({ recount: { steps, phase }, clock }: WorldState): boolean {
  if (phase !== "paused") return false;
  const { run, nextAlarm = Number.POSITIVE_INFINITY } = steps;
  if (run?.pausedFor === "waiting")
    return run.waitsFor.length === 0 || nextAlarm <= clock || run.due.length > 0;
  const mayPass = (run?.spending.threshold.percent ?? 100) < 100;
  return run?.pausedFor !== "budget" || mayPass || steps.heldByBudget(clock) === undefined;
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
    if (budget.commands > 0 && world.journal.length > 0) {
      list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
      addWaysBack(world, list);
      addAnswers(world, list);
    }
    return;
  }
  if (budget.crashes > 0) list.push(choose("crash"));
  if (mustCommit(world)) return;
  if (budget.faults > 0) {
    const { faultCount = PLAIN_FAULTS } = world.plan;
    for (const { step, attemptNumber } of world.attempts) {
      for (let detail = 0; detail < faultCount; detail += 1)
        list.push(choose("fault", step, attemptNumber, detail));
    }
  }
  if (budget.strays > 0) {
    addStrays(world, list);
    addStrayAnswers(world, list);
  }
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

// Answers that do not fit, to an older question, or once more, and signals that nothing waits for.
function addStrayAnswers({ recount: { steps }, plan }: WorldState, list: Choice[]): void {
  if (plan.isOpenEnded !== true) return;
  for (const { form, path, attemptNumber } of steps.run?.tree.instances ?? []) {
    if (form !== "gate" || attemptNumber === 0) continue;
    const step = steps.indexOf(path);
    list.push(
      choose("gate", step, attemptNumber, MISFIT),
      choose("gate", step, attemptNumber, AGAIN),
      choose("gate", step, attemptNumber - 1, AGAIN),
    );
  }
  for (const { form, path, def } of steps.run?.tree.instances ?? []) {
    if (form !== "wait" || def.wait?.signal === undefined) continue;
    const step = steps.indexOf(path);
    for (const detail of [MISFIT, AGAIN, EARLY]) list.push(choose("signal", step, 0, detail));
  }
}

// Single steps and pairs of neighbours: larger sets are refused for the same reasons.
function addRequests({ plan }: WorldState, list: Choice[]): void {
  list.push(choose("request", -1, 0, BATCH_DONE), choose("request", -1, 0, ALL_DONE));
  const size = Math.min(REQUESTABLE_STEPS, plan.defs.length);
  for (let step = 0; step < size; step += 1) list.push(choose("request", -1, 0, 1 << step));
  for (let step = 1; step < size; step += 1) list.push(choose("request", -1, 0, 3 << (step - 1)));
}

/** What makes a run go back: other results, steps to perform again, another workflow. */
function addWaysBack({ plan, recount: { steps } }: WorldState, list: Choice[]): void {
  const { variants } = plan;
  if (variants === undefined) return;
  const leaves = (steps.run?.tree.instances ?? []).filter(
    ({ role, attemptNumber }) => role !== "attached" && attemptNumber > 0,
  );
  for (const { path, status, attemptNumber } of leaves) {
    if (status !== "completed") continue;
    const step = steps.indexOf(path);
    list.push(choose("edit", step, attemptNumber), choose("edit", step, attemptNumber, MISFIT));
  }
  for (const { path, status } of steps.run?.tree.instances ?? []) {
    if (plan.isBrittle === true && status !== "completed") continue;
    const step = steps.indexOf(path);
    list.push(choose("reopen", step), choose("reopen", step, 0, DOWNSTREAM));
  }
  for (let index = 0; index < variants.length; index += 1) list.push(choose("amend", -1, 0, index));
}

function addCommands(world: WorldState, list: Choice[]): void {
  const { checkpoints, plan, recount } = world;
  const { variants, hasStop = false } = plan;
  if (variants !== undefined && recount.phase === "failed" && !hasStop) list.push(choose("resume"));
  list.push(choose("pause"), choose("cancel"), choose("checkpoint"));
  addWaysBack(world, list);
  list.push(choose("restore", -1, 0, BEGINNING));
  // What a restore keeps comes back in one transition. In which order does not matter, unless one
  // of the steps stops the run.
  if (hasStop) return;
  list.push(choose("restore", -1, 0, RIGHT_NOW));
  for (let index = Math.max(0, checkpoints.length - 2); index < checkpoints.length; index += 1)
    list.push(choose("restore", -1, 0, index));
}
