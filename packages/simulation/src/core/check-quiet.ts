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
      () => `${world.plan.defs[startable ?? 0]?.id} may start, but does not`,
    );
  }
  if (turn.length === 0 && effects.length === 0) checkAgents(world);
}

// Everything is written, so agents and timers must match the journal.
function checkAgents({ recount, attempts, timers, plan, clockOffset, clock }: WorldState): void {
  const { status, counts, retryAt } = recount.steps;
  for (const { step, attemptNumber } of attempts) {
    demand(
      recount.steps.isInFlight(step, attemptNumber),
      "abortsReach",
      () =>
        `the agent of attempt ${attemptNumber} of ${plan.defs[step]?.id} is still working; ` +
        `the step is ${status[step]}`,
    );
  }
  demand(
    attempts.length === counts.running,
    "noLostWakeUp",
    () => `${counts.running} steps run, ${attempts.length} agents work`,
  );
  if (counts.waiting === 0) return;
  for (let index = 0; index < plan.defs.length; index += 1) {
    const dueAt = retryAt[index] ?? 0;
    if (status[index] !== "waiting" || dueAt <= clock) continue;
    const hasTimer = timers.some(
      ({ at, hanging }) => hanging === undefined && at + clockOffset <= dueAt + 0.001,
    );
    demand(hasTimer, "timers", () => `${plan.defs[index]?.id} has no timer for ${dueAt}`);
  }
}
