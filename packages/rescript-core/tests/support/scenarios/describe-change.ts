import {
  type Effect,
  RunQueries,
  type StepInfo,
  type WorkflowMachine,
} from "../../../src/index.js";
import { writeEvent } from "./read-event.js";

/** The changes from one machine to the next, one fact per line. */
export function describeChange(before: WorkflowMachine, after: WorkflowMachine): string[] {
  const [from, to] = [RunQueries.state(before), RunQueries.state(after)];
  const steps = RunQueries.steps(after).flatMap((step) =>
    describeStep(RunQueries.step(before, step.id), step),
  );
  const known = RunQueries.checkpoints(before).length;
  const checkpoints = RunQueries.checkpoints(after)
    .slice(known)
    .map(
      ({ checkpointId, name, completedCount }) =>
        `checkpoint ${[checkpointId, name].filter(Boolean).join(" ")}: ${completedCount} completed`,
    );
  const money = budgetOf(after) === budgetOf(before) ? [] : [budgetOf(after)];
  const parked = RunQueries.parked(before).map(describeParked);
  const scopes = RunQueries.parked(after)
    .map(describeParked)
    .filter((scope) => !parked.includes(scope));
  return [
    from === to ? `stays ${to}` : `${from} → ${to}`,
    ...steps,
    ...money,
    ...scopes,
    ...checkpoints,
  ];
}

// `budget usd 0.1 of 1, 0.4 reserved; 1 unmetered`.
function budgetOf(machine: WorkflowMachine): string {
  const { shares = [], unmetered = 0, heldBy } = RunQueries.budget(machine) ?? {};
  return [
    ...shares.map(({ dimension, settled, reserved, limit }) =>
      [`${dimension} ${settled} of ${limit}`, reserved > 0 && `${reserved} reserved`]
        .filter(Boolean)
        .join(", "),
    ),
    unmetered > 0 && `${unmetered} unmetered`,
    heldBy !== undefined && `held back by ${heldBy}`,
  ]
    .filter(Boolean)
    .join("; ")
    .replace(/^/, "budget ");
}

function describeParked({ scope, until }: { scope: string; until: number }): string {
  return `scope ${scope} parked until ${until}`;
}

/** The outcome of a run, for the states that end one. */
export function describeEnd(machine: WorkflowMachine): string[] {
  switch (RunQueries.state(machine)) {
    case "completed":
      return [`results ${JSON.stringify(RunQueries.results(machine))}`];
    case "failed": {
      const code = RunQueries.errorCode(machine);
      return [`error ${RunQueries.error(machine)}${code === undefined ? "" : ` (${code})`}`];
    }
    default:
      return [];
  }
}

/** Every step with its progress, one step per line. */
export function describeSteps(machine: WorkflowMachine): string[] {
  return RunQueries.steps(machine).map((step) => `${step.id}: ${progressOf(step)}`);
}

function describeStep(before: StepInfo | undefined, after: StepInfo): string[] {
  if (before === undefined) return [`${after.id}: ${progressOf(after)}`];
  const [old, now] = [progressOf(before), progressOf(after)];
  return old === now ? [] : [`${after.id}: ${before.status} → ${now}`];
}

function progressOf(step: StepInfo): string {
  return [
    step.status,
    step.attemptNumber > 0 && `attempt ${step.attemptNumber}`,
    waitOf(step),
    step.failureCount > 0 && `failures ${step.failureCount}`,
    step.kind === undefined && reasonOf(step),
    step.error !== undefined && `error ${JSON.stringify(step.error)}`,
    step.status === "completed" && `result ${JSON.stringify(step.result ?? null)}`,
  ]
    .filter(Boolean)
    .join(", ");
}

// What a step waits for, but for the steps inside it, and until when.
function waitOf({ waitingFor, retryAt, detail }: StepInfo): string | undefined {
  if (waitingFor === undefined || waitingFor === "steps") return undefined;
  const at = retryAt ?? detail?.dueAt;
  return at === undefined ? waitingFor : `${waitingFor} at ${at}`;
}

function reasonOf({ status, detail }: StepInfo): string | false {
  const isBad = status === "failed" || status === "cancelled";
  return isBad && detail?.reason !== undefined && `reason ${detail.reason}`;
}

/** An effect in one line. An event that the machine sends itself is written like a command. */
export function describeEffect(effect: Effect): string {
  switch (effect.type) {
    case "tell":
      return `tells itself ${writeEvent(effect.event)}`;
    case "run_step":
      return `effect run_step ${effect.stepId}#${effect.attemptNumber}`;
    case "ask":
      return `effect ask ${effect.stepId}#${effect.attemptNumber}`;
    case "start_later":
      return `effect start_later ${effect.stepId}#${effect.attemptNumber} at ${effect.dueAt}`;
    case "abort_steps":
      return `effect abort_steps ${effect.stepIds.join(" ")}`;
    case "schedule_batches":
      return `effect schedule_batches ${batchesOf(effect.schedule)}`;
    case "write_checkpoint":
      return ["effect write_checkpoint", effect.name, effect.kind].filter(Boolean).join(" ");
    case "finish_run":
      return `effect finish_run ${effect.state}`;
    default:
      return `effect ${effect.type}`;
  }
}

function batchesOf(schedule: readonly (readonly string[])[]): string {
  return schedule.map((batch) => batch.join(" ")).join(" | ");
}
