import {
  Context,
  type Effect,
  Machine,
  type Refusal,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { expectedEnd, resultOf } from "./expected-end.js";
import { foldFromCheckpoint, foldWhole } from "./fold.js";
import { demand } from "./promises.js";
import type { Phase, Recount } from "./Recount.js";
import type { World } from "./World.js";

const phaseOf = (machine: WorkflowMachine): Phase => {
  const state = Machine.state(machine);
  switch (state) {
    case "executing_steps":
    case "awaiting_completion":
      return "executing";
    case "paused":
    case "completed":
    case "failed":
    case "cancelled":
      return state;
    case "creating_checkpoint":
      return "checkpoint";
    case "restoring_from_checkpoint":
      return "restoring";
    case "aggregating_results":
      return "gathering";
    default:
      return "preparing";
  }
};

/** Everything that can be seen of a machine, as a text. */
function describeMachine({ core }: World, machine: WorkflowMachine): string {
  return JSON.stringify([core.snapshot(machine, undefined), core.metrics(machine)]);
}

// --- after each event

/** After an event that was accepted and recounted. Costs a little more than the transition itself. */
export function checkAccepted(
  world: World,
  event: WorkflowEvent,
  effects: readonly Effect[],
): void {
  const { machine, recount } = world;
  const phase = phaseOf(machine);
  demand(
    phase === recount.phase,
    recount.isOver ? "oneEnd" : "pauseHolds",
    () => `after ${event.type} the run is ${phase}, not ${recount.phase}`,
  );
  checkMetrics(world);
  let endCount = 0;
  let laterCount = 0;
  for (const effect of effects) {
    if (effect.type === "finish_run") endCount += 1;
    else if (effect.type === "start_later") {
      laterCount += 1;
      const index = world.plan.indexOf.get(effect.stepId) ?? -1;
      const [retryAt, next] = [recount.retryAt[index], (recount.attempt[index] ?? 0) + 1];
      demand(
        effect.attemptNumber === next,
        "timers",
        () => `attempt ${effect.attemptNumber} of ${effect.stepId} is announced, not ${next}`,
      );
      demand(
        effect.dueAt === retryAt,
        "timers",
        () => `${effect.stepId} is to be tried again at ${effect.dueAt}, not ${retryAt}`,
      );
    } else if (effect.type === "run_step") {
      const newest = recount.attempt[world.plan.indexOf.get(effect.stepId) ?? -1];
      demand(
        effect.attemptNumber === newest,
        "attemptOnce",
        () => `${effect.stepId} is run as attempt ${effect.attemptNumber}, not ${newest}`,
      );
    }
  }
  demand(
    endCount === (recount.isOver ? 1 : 0),
    "oneEnd",
    () => `after ${event.type} the end was announced ${endCount} times`,
  );
  if (event.type === "step_completed" || event.type === "step_failed")
    checkOutcome(world, event, laterCount);
}

function checkOutcome(
  world: World,
  event: Extract<WorkflowEvent, { readonly stepId: string }>,
  laterCount: number,
): void {
  const index = world.plan.indexOf.get(event.stepId) ?? -1;
  const step = Context.step(Machine.context(world.machine), event.stepId);
  const { recount } = world;
  const [failures, status] = [recount.failures[index], recount.status[index]];
  demand(
    step?.failureCount === failures,
    "retries",
    () => `${event.stepId} has ${step?.failureCount} failures; ${failures} were counted`,
  );
  demand(
    step?.status === status,
    "metricsRecount",
    () => `${event.stepId} is ${step?.status}, not ${status}`,
  );
  const wanted = status === "waiting" ? 1 : 0;
  demand(
    laterCount === wanted,
    "timers",
    () => `${event.stepId} is ${status}, and ${laterCount} timers were asked for`,
  );
  const { startedAt = 0, finishedAt = Number.POSITIVE_INFINITY } = step ?? {};
  demand(
    finishedAt >= startedAt,
    "time",
    () => `${event.stepId} ended at ${finishedAt}, before it began at ${startedAt}`,
  );
  if (event.type !== "step_completed") return;
  demand(
    step?.result === resultOf(event.stepId),
    "sameResults",
    () => `${event.stepId} gave ${JSON.stringify(step?.result)}`,
  );
}

function checkMetrics({ core, machine, recount }: World): void {
  const metrics = core.metrics(machine);
  const { counts } = recount;
  const isRight =
    metrics.completedSteps === counts.completed &&
    metrics.failedSteps === counts.failed &&
    metrics.skippedSteps === counts.skipped &&
    metrics.cancelledSteps === counts.cancelled &&
    metrics.attempts === recount.attempts &&
    metrics.retries === recount.retries &&
    metrics.checkpoints === recount.checkpoints;
  demand(
    isRight,
    "metricsRecount",
    () => `${JSON.stringify(metrics)}, recounted ${describeRecount(recount)}`,
  );
  demand((metrics.duration ?? 0) >= 0, "time", () => `the run took ${metrics.duration} ms`);
}

const describeRecount = ({ counts, attempts, retries, checkpoints }: Recount): string =>
  JSON.stringify({ ...counts, attempts, retries, checkpoints });

/** After an event that was declined: nothing was lost by that. */
export function checkRefused({ recount }: World, event: WorkflowEvent, reason: Refusal): void {
  demand(
    !recount.mustAccept(event),
    "answersHeard",
    () => `${JSON.stringify(event)} was declined: ${reason}`,
  );
}

// --- after each choice

/** What holds whenever nothing is being delivered. */
export function checkQuiet(world: World): void {
  const { recount, tells, turn, effects } = world;
  if (tells.length === 0 && recount.phase === "executing") {
    const forgotten = recount.forgotten(recount.now);
    demand(
      !recount.isCheckpointDue,
      "checkpointsDue",
      () => `a checkpoint is due (${recount.wanted.join(", ")}), and none is begun`,
    );
    demand(
      forgotten === undefined,
      "noLostWakeUp",
      () => `${world.plan.defs[forgotten ?? 0]?.id} may start, and does not`,
    );
  }
  if (turn.length === 0 && effects.length === 0) checkAgents(world);
}

// Everything is written, so agents and timers must be as the journal says.
function checkAgents({ recount, attempts, timers, plan, clockOffset, clock }: World): void {
  for (const { step, attemptNumber } of attempts) {
    const isWanted = recount.status[step] === "running" && recount.attempt[step] === attemptNumber;
    demand(
      isWanted,
      "abortsReach",
      () =>
        `attempt ${attemptNumber} of ${plan.defs[step]?.id} still runs: ${recount.status[step]}`,
    );
  }
  demand(
    attempts.length === recount.counts.running,
    "noLostWakeUp",
    () => `${recount.counts.running} steps run, ${attempts.length} agents do`,
  );
  if (recount.counts.waiting === 0) return;
  for (let index = 0; index < plan.defs.length; index += 1) {
    const retryAt = recount.retryAt[index] ?? 0;
    if (recount.status[index] !== "waiting" || retryAt <= clock) continue;
    const hasTimer = timers.some(
      ({ at, hanging }) => hanging === undefined && at + clockOffset <= retryAt + 0.001,
    );
    demand(hasTimer, "timers", () => `no timer wakes ${plan.defs[index]?.id} at ${retryAt}`);
  }
}

// --- at a crash, and at the end

/** Costly: the machine that the journal gives, by both ways, is the one that was in memory at the last commit. */
export function checkFold(world: World, folded: WorkflowMachine): void {
  if (world.journal.length === 0) return;
  const committed = describeMachine(world, world.committed);
  const again = describeMachine(world, folded);
  demand(
    again === committed,
    "memoryIsFold",
    () => `in memory: ${committed}\nfrom the journal: ${again}`,
  );
}

/** When the run is over: its results, and that nothing moves it any more. `deep` adds what costs as much as the run itself. */
export function checkEnd(world: World, deep: boolean): void {
  const { core, machine, recount, plan } = world;
  checkResults(world);
  const metrics = core.metrics(machine);
  const { currentBatch } = recount;
  demand(
    metrics.currentBatch === currentBatch,
    "metricsRecount",
    () => `batch ${metrics.currentBatch} is the current one, not ${currentBatch}`,
  );
  const { startTime, endTime = Number.NaN } = metrics;
  const isTimed = endTime === recount.now && endTime >= startTime;
  demand(
    isTimed,
    "time",
    () =>
      `the run is said to have ended at ${endTime}; its last event was at ${recount.now}, its first at ${startTime}`,
  );
  const commands: WorkflowEvent[] = [
    { type: "cancel_workflow" },
    { type: "pause_workflow" },
    { type: "resume_workflow" },
    { type: "create_checkpoint" },
    { type: "workflow_failed", error: "late" },
    ...plan.defs.flatMap(({ id }, index): WorkflowEvent[] => [
      {
        type: "step_completed",
        stepId: id,
        attemptNumber: recount.attempt[index] ?? 0,
        result: "late",
      },
    ]),
  ];
  for (const event of commands) {
    const { ok } = core.transition(machine, event, world.clock);
    demand(!ok, "oneEnd", () => `${event.type} was accepted after the run was ${recount.phase}`);
  }
  if (deep) checkDeeply(world);
}

function checkResults({ machine, recount, plan, scripts }: World): void {
  const context = Machine.context(machine);
  const results = Context.results(context);
  for (let index = 0; index < plan.defs.length; index += 1) {
    const id = plan.defs[index]?.id ?? "";
    const wanted = recount.status[index] === "completed" ? resultOf(id) : undefined;
    demand(
      results[id] === wanted,
      "sameResults",
      () => `the result of ${id} is ${JSON.stringify(results[id])}, not ${wanted}`,
    );
  }
  if (recount.phase === "cancelled") return;
  const expected = expectedEnd(plan, scripts);
  const came = [Machine.state(machine), ...Context.steps(context).map(({ status }) => status)].join(
    " ",
  );
  const wanted = [expected.state, ...expected.statuses].join(" ");
  demand(came === wanted, "sameResults", () => `the run came to ${came}, not ${wanted}`);
}

function checkDeeply(world: World): void {
  const { core, journal, checkpoints } = world;
  checkFold(world, foldWhole(world, journal));
  if (checkpoints.length > 0) checkFold(world, foldFromCheckpoint(world, journal));
  for (const [index, { data, snapshot, text, machine }] of checkpoints.entries()) {
    const now = JSON.stringify([data, snapshot]);
    demand(
      now === text,
      "checkpointsStay",
      () => `checkpoint ${data.checkpointId} was ${text}\nand is ${now}`,
    );
    const again = JSON.stringify(core.snapshot(machine, checkpoints[index - 1]?.machine));
    demand(
      again === JSON.stringify(snapshot),
      "checkpointsStay",
      () => `the machine of ${data.checkpointId} has changed`,
    );
  }
}
