import {
  Context,
  type Effect,
  Machine,
  State,
  type StepStatus,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import type { WorldState } from "./WorldState.js";

const letterOf: Readonly<Record<StepStatus, string>> = {
  pending: "p",
  ready: "r",
  waiting: "w",
  running: "R",
  open: "o",
  unknown: "u",
  completed: "C",
  failed: "F",
  skipped: "S",
  cancelled: "X",
};

// One letter per state: lookups of short keys are faster.
const letterOfState = Object.fromEntries(
  State.all.map((state, index) => [state, String.fromCharCode(97 + index)]),
) as Record<WorkflowState, string>;

const keyOfEffect = (effect: Effect): string =>
  `|${effect.type.slice(0, 2)}${"stepId" in effect ? effect.stepId : ""}`;

/** The key of a machine, for every clock or for this one. */
interface KnownKey {
  readonly key: string;
  readonly clock: number | undefined;
}

/** A machine never changes, and most choices leave the committed one as it is. */
const knownKeys = new WeakMap<WorkflowMachine, KnownKey>();

function keyOfMachine(machine: WorkflowMachine, clock: number): string {
  const known = knownKeys.get(machine);
  if (known !== undefined && (known.clock === undefined || known.clock === clock)) return known.key;
  let key = letterOfState[Machine.state(machine)];
  let hasInstants = false;
  for (const { status, attemptNumber, failureCount, retryAt, detail } of Context.steps(
    Machine.context(machine),
  )) {
    key += letterOf[status] + attemptNumber + (failureCount === 0 ? "" : `.${failureCount}`);
    if (status === "waiting") key += `+${Math.max(0, (retryAt ?? 0) - clock)}`;
    hasInstants ||= status === "waiting" || detail?.dueAt !== undefined;
    if (detail === undefined) continue;
    const { dueAt, ...rest } = detail;
    key += JSON.stringify(rest);
    if (dueAt !== undefined) key += `+${Math.max(0, dueAt - clock)}`;
  }
  knownKeys.set(machine, { key, clock: hasInstants ? clock : undefined });
  return key;
}

/** What a run knows beside its steps. */
function keyOfRun({ core, clock, recount }: WorldState, machine: WorkflowMachine): string {
  const { ending, signals, pausedFor } = core.snapshot(machine, undefined);
  const free = recount.steps.timers.map((at) => at - clock);
  return `|${JSON.stringify([ending, signals, pausedFor])}${free.join()}`;
}

/**
 * A key that two worlds share if and only if they have the same futures. Instants are relative to
 * now, so worlds that differ only in their start time share a key.
 */
export function keyOf(world: WorldState): string {
  const { budget, clock, monotonic } = world;
  let key =
    `${budget.crashes}${budget.faults}${budget.commands}` + keyOfMachine(world.committed, clock);
  for (const script of world.scripts) key += `/${script?.join() ?? ""}`;
  if (world.plan.isOpenEnded === true) key += keyOfRun(world, world.committed);
  if (world.plan.tree !== undefined) key += `|${world.recount.steps.hidden}`;
  for (const { data } of world.checkpoints)
    key += `c${data.completedSteps.join()}f${Object.keys(data.toleratedFailures ?? {}).join()}`;
  if (!world.isUp) return `${key}|down`;
  if (world.turn.length > 0) {
    key += `|${keyOfMachine(world.machine, clock)}`;
    if (world.plan.isOpenEnded === true) key += keyOfRun(world, world.machine);
  }
  for (const effect of world.effects) key += keyOfEffect(effect);
  for (const event of world.undelivered) key += JSON.stringify(event);
  if (world.plan.policy.checkpointEvery !== undefined) key += `|${world.recount.completedAtLast}`;
  key += `|${world.recount.cameFrom}${world.checkpointRequest === undefined ? "" : "+"}`;
  const agents = world.attempts.map(({ step, attemptNumber }) => `${step}.${attemptNumber}`);
  if (agents.length > 0) key += `|${agents.sort().join()}`;
  const timers = world.timers.map(({ at }) => Math.max(0, at - monotonic));
  return timers.length === 0 ? key : `${key}|${timers.sort((a, b) => a - b).join()}`;
}
