import { Context, Machine, RunQueries } from "@automatosx/rescript-core";
import { isSame } from "./check-transition.js";
import { demand } from "./promises.js";
import type { WorldState } from "./WorldState.js";

/** Checks the promises that hold after each choice, when no event is being delivered. */
export function checkQuiet(world: WorldState): void {
  const { recount, undelivered, turn, effects } = world;
  if (undelivered.length === 0 && recount.phase === "executing") {
    const startable = recount.steps.startable(recount.now);
    demand(
      !recount.isCheckpointDue,
      "checkpointsDue",
      () => `a checkpoint is due (${recount.wanted.join(", ")}), but none was begun`,
    );
    demand(
      startable === undefined,
      "noLostWakeUp",
      () => `${recount.steps.idOf(startable ?? 0)} may start, but does not`,
    );
    const { nextAlarm } = recount.steps;
    demand(
      nextAlarm === undefined || nextAlarm > recount.now,
      "noLostWakeUp",
      () => `a round was due at ${nextAlarm}, but has not begun at ${recount.now}`,
    );
  }
  if (world.plan.isOpenEnded === true && undelivered.length === 0) {
    checkRecount(world);
    checkBudget(world);
    checkRest(world);
  }
  if (turn.length === 0 && effects.length === 0) checkAgents(world);
}

/** Every instance of the machine, its status and its attempt, against the recount. */
export function checkRecount({ machine, recount }: WorldState): void {
  const { steps } = recount;
  const wanted = (steps.run?.tree.instances ?? []).map(({ path, status, result }) =>
    lineOf(path, status, steps.attempt[steps.indexOf(path)], result),
  );
  const found = Context.steps(Machine.context(machine)).map(
    ({ id, status, attemptNumber, result }) => lineOf(id, status, attemptNumber, result),
  );
  const [all, known] = [new Set(wanted), new Set(found)];
  const extra = found.filter((line) => !all.has(line));
  const missing = wanted.filter((line) => !known.has(line));
  demand(
    extra.length + missing.length === 0,
    "sameResults",
    () => `the run has [${extra.join(", ")}]; wanted is [${missing.join(", ")}]`,
  );
}

const lineOf = (path: string, status: string, attempt: number | undefined, result: unknown) =>
  `${path} ${status} ${attempt}${status === "completed" ? ` ${JSON.stringify(result)}` : ""}`;

/** What the machine says that the run has used, and holds back, against the recount. */
function checkBudget({ machine, recount, plan }: WorldState): void {
  const { run } = recount.steps;
  const report = RunQueries.budget(machine);
  if (run === undefined || plan.policy.budget === undefined || report === undefined) return;
  const { settled, reserved, unmetered } = report;
  const { state } = run.spending;
  const found = [settled.usd, settled.tokens, settled.launches, unmetered, settled.wallMs];
  const { usd, tokens, launches } = state;
  const wanted = [usd, tokens, launches, state.unmetered, run.spending.busyMs];
  const held = [reserved.usd ?? 0, reserved.tokens ?? 0];
  const wantedHeld = [run.spending.heldOf("usd"), run.spending.heldOf("tokens")];
  demand(
    isSame(found, wanted) && isSame(held, wantedHeld),
    "budgetHolds",
    () =>
      `the run has used [${found.join(", ")}] and holds [${held.join(", ")}]; ` +
      `wanted is [${wanted.join(", ")}] and [${wantedHeld.join(", ")}]`,
  );
}

/**
 * A run that executes steps has an attempt in flight, or an instant to go on for. One that has come
 * since the run was about to pause is such an instant; `checkAgents` demands a timer for it.
 */
function checkRest({ recount, clock }: WorldState): void {
  const { steps, phase } = recount;
  if (phase !== "executing") return;
  const { nextAlarm = Number.POSITIVE_INFINITY } = steps;
  demand(
    steps.runningCount > 0 || steps.timers.length > 0 || nextAlarm <= clock,
    "restsForAReason",
    () => "the run does nothing, has no timer and does not pause",
  );
}

// Everything is written, so agents and timers must match the journal.
function checkAgents(world: WorldState): void {
  const { recount, attempts, clock } = world;
  const { status, counts, retryAt } = recount.steps;
  for (const { step, attemptNumber } of attempts) {
    demand(
      recount.steps.isInFlight(step, attemptNumber),
      "abortsReach",
      () =>
        `the agent of attempt ${attemptNumber} of ${recount.steps.idOf(step)} is still working; ` +
        `the step is ${status[step]}`,
    );
  }
  demand(
    attempts.length === recount.steps.runningCount,
    "noLostWakeUp",
    () => `${recount.steps.runningCount} steps run, ${attempts.length} agents work`,
  );
  // An event that is still to be delivered may set an earlier timer.
  const { nextAlarm = 0 } = recount.steps;
  const isQuiet = recount.phase === "executing" && world.undelivered.length === 0;
  if (nextAlarm > 0 && isQuiet)
    demand(
      hasTimerFor(world, Math.max(nextAlarm, clock)),
      "timers",
      () => `no timer for a round at ${nextAlarm}`,
    );
  const nextStart = Math.min(...recount.steps.timers);
  if (Number.isFinite(nextStart) && nextStart > clock && isQuiet)
    demand(hasTimerFor(world, nextStart), "timers", () => `no timer for a start at ${nextStart}`);
  if (counts.waiting === 0) return;
  for (let index = 0; index < status.length; index += 1) {
    const dueAt = retryAt[index] ?? 0;
    if (status[index] !== "waiting" || dueAt <= clock) continue;
    demand(
      hasTimerFor(world, dueAt),
      "timers",
      () => `${recount.steps.idOf(index)} has no timer for ${dueAt}`,
    );
  }
}

const hasTimerFor = ({ timers, clockOffset }: WorldState, dueAt: number): boolean =>
  timers.some(({ at, hanging }) => hanging === undefined && at + clockOffset <= dueAt + 0.001);
