import type { RunStatus, WorkflowDefinition } from "@automatosx/schemas";
import type { Agent } from "../agents/AgentPort.js";
import {
  type CheckpointData,
  Context,
  Machine,
  State,
  type StepInfo,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { attemptKey } from "../journal/attempt-key.js";
import { failedAt } from "../journal/event-codec.js";
import { RunReader } from "../journal/RunReader.js";
import { isOwnerDead, mayBeAlive } from "../storage/process-identity.js";
import type { AgentProcess, RunOwner, StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun, RunOrigin } from "./ActiveRun.js";
import type { RunEnding } from "./RunEnding.js";
import type { HandledRun } from "./RunHandle.js";

interface LoadRequest {
  readonly owner: RunOwner;
  readonly now: number;
  readonly leaseUntil: number;
  readonly check?: (definition: WorkflowDefinition) => void;
  readonly isRecovery?: boolean;
}

function load(storage: StoragePort, stored: StoredRun, request: LoadRequest): RunOrigin {
  if (stored.state === "cancelled" || stored.state === "completed")
    throw alreadyOver(stored, "resume");
  const { runId } = stored;
  const reader = RunReader.open(storage, runId);
  request.check?.(reader.workflow);
  const lease = storage.acquireLease({
    runId,
    owner: request.owner,
    now: request.now,
    leaseUntil: request.leaseUntil,
    isDead: (owner) => isOwnerDead(owner) === true,
    isRecovery: request.isRecovery ?? false,
  });
  if (!lease.held) {
    throw new WorkflowError(
      "run_owned_elsewhere",
      `Run ${runId} is being worked on by process ${lease.owner.pid} on ${lease.owner.host}.`,
      {
        runId,
        remedy:
          "Look on with `axw show`, or pause it there first; when that process has died, this works at once on the same machine.",
      },
    );
  }
  try {
    mustStandAsSeen(storage, stored);
    reader.catchUp();
  } catch (error) {
    // A run that is over, or that cannot be read, is not kept from others who may know better.
    storage.releaseLease(runId, lease.leaseEpoch);
    throw error;
  }
  const { source, format } = reader.definition;
  const { createdAt, inputs, context } = stored;
  return {
    // The policy is in the journal.
    start: {
      runId,
      createdAt,
      definition: reader.workflow,
      source,
      format,
      inputs,
      context,
      policy: {},
    },
    position: {
      machine: reader.machine,
      seq: reader.seq,
      at: reader.at,
      wasRestored: reader.wasRestored,
      ...(reader.checkpoint !== undefined && { checkpoint: reader.checkpoint }),
    },
    leaseEpoch: lease.leaseEpoch,
    problems: reader.problems,
    isRecovery: request.isRecovery ?? false,
  };
}

// Another engine may have brought it to its end, or to a pause that was asked for, before the lease was ours.
function mustStandAsSeen(storage: StoragePort, seen: StoredRun): void {
  const { runId, state, status } = storage.getRun(seen.runId) ?? seen;
  if (state === seen.state || status === "running") return;
  throw new WorkflowError(
    "run_not_resumable",
    `Run ${runId} has just become ${status} in another engine.`,
    {
      runId,
      remedy: "Look at it with `axw show`, and resume it if it should go on from there.",
    },
  );
}

/** Who may have left something behind, and what they recorded of it. */
export interface OrphanSources {
  readonly agentFor: (agentId: string) => Agent | undefined;
  readonly processes: () => readonly AgentProcess[];
}

interface GoOn extends OrphanSources {
  readonly checkpoint: CheckpointData | undefined;
  readonly wakeAt: (dueAt: number) => void;
  readonly chance: () => number;
}

/** What was in flight when the run's last engine died. */
function lostAttempts(run: ActiveRun): readonly StepInfo[] {
  const context = Machine.context(run.machine);
  return Context.stepsWithStatus(context, "running").flatMap(
    (id) => Context.step(context, id) ?? [],
  );
}

/** Ends whatever lost attempts have left, children of programs too. */
async function endLeftBehind(
  run: ActiveRun,
  lost: readonly StepInfo[],
  { agentFor, processes }: OrphanSources,
): Promise<void> {
  const recorded = lost.length === 0 ? [] : processes();
  await Promise.all(
    lost.map(async (step) => {
      const agent = agentFor(step.agentId);
      if (typeof agent !== "object") return;
      const isOfAttempt = (one: AgentProcess): boolean =>
        one.stepId === step.id && one.attemptNumber === step.attemptNumber;
      const groups = recorded
        .filter((one) => isOfAttempt(one) && mayBeAlive(one))
        .map(({ pid }) => pid);
      await agent.reclaim?.(attemptKey(run, step.id, step.attemptNumber), groups);
    }),
  );
}

// What was in flight when the last engine died is lost; first whatever it left behind is ended, then it is tried again.
async function goOn(run: ActiveRun, request: GoOn): Promise<void> {
  const before = Machine.state(run.machine);
  const lost = lostAttempts(run);
  await endLeftBehind(run, lost, request);
  // Meanwhile the run heeds whoever has its handle.
  if (run.isReleased) return run.durable();
  dropLostAttempts(run, lost, request.chance);
  const now = Machine.context(run.machine);
  for (const stepId of Context.stepsWithStatus(now, "waiting")) {
    const retryAt = Context.step(now, stepId)?.retryAt;
    if (retryAt !== undefined) request.wakeAt(retryAt);
  }
  const state = Machine.state(run.machine);
  if (request.checkpoint !== undefined) {
    if (State.canPause(state)) run.tell({ type: "pause_workflow" });
    run.tell({ type: "restore_checkpoint", checkpointData: request.checkpoint });
  } else if (state === "failed") {
    const checkpointData = Context.checkpointData(
      Machine.context(run.machine),
      failedAt(run.runId),
    );
    run.tell({ type: "restore_checkpoint", checkpointData });
  } else if (state !== "paused") {
    run.wake();
  } else if (before === "paused") {
    run.tell({ type: "resume_workflow" });
  }
  await run.durable();
}

function dropLostAttempts(run: ActiveRun, lost: readonly StepInfo[], chance: () => number): void {
  for (const { id: stepId, attemptNumber } of lost) {
    const error = "the engine that ran it is gone";
    run.tell({
      type: "step_failed",
      stepId,
      attemptNumber,
      error,
      reason: "interrupted",
      chance: chance(),
    });
  }
}

// Agents are stopped and awaited; the journal is left as it is, and the lease given back.
async function leave(run: ActiveRun, storage: StoragePort): Promise<void> {
  if (run.isReleased) {
    // It has ended, or is being stopped already.
    await run.ending;
    return;
  }
  const stopped = [...run.attempts.values()].map((attempt) => attempt.settled);
  run.abandon(
    new WorkflowError(
      "engine_closed",
      `Run ${run.runId} was left when its engine closed; it can be resumed.`,
      { runId: run.runId },
    ),
  );
  await Promise.all(stopped);
  storage.releaseLease(run.runId, run.leaseEpoch);
}

// What cannot be read either is not known to be ours.
function isHeld(storage: StoragePort, { runId, leaseEpoch }: ActiveRun): boolean {
  try {
    const stored = storage.getRun(runId);
    return stored?.leaseEpoch === leaseEpoch && stored.owner !== undefined;
  } catch {
    return false;
  }
}

const REMEDIES: Readonly<Record<RunStatus, (runId: string) => string>> = {
  completed: (runId) => `Its results: \`axw show ${runId}\`.`,
  failed: (runId) =>
    `\`axw resume ${runId}\` tries again what failed, and keeps what is completed.`,
  cancelled: () => "Start the workflow again: `axw run`.",
  running: (runId) => `Look on: \`axw show ${runId}\`.`,
  paused: (runId) => `\`axw resume ${runId}\` goes on with it.`,
};

function alreadyOver(stored: StoredRun, verb: string): WorkflowError {
  return new WorkflowError(
    "run_not_resumable",
    `Run ${stored.runId} is ${stored.status}; there is nothing to ${verb}.`,
    {
      runId: stored.runId,
      remedy: REMEDIES[stored.status](stored.runId),
    },
  );
}

function stillActive(runId: string): WorkflowError {
  return new WorkflowError("run_not_resumable", `Run ${runId} is running in this engine.`, {
    runId,
    remedy: "Pause it first, and wait for its ending.",
  });
}

function ending(storage: StoragePort, stored: StoredRun): RunEnding {
  const { machine } = RunReader.open(storage, stored.runId).catchUp();
  if (stored.status === "running") {
    throw new WorkflowError(
      "run_owned_elsewhere",
      `Run ${stored.runId} is not one of this engine's.`,
      {
        runId: stored.runId,
        remedy:
          "Follow it with `engine.events(runId)`, or take it up with `engine.resume(runId)` when its process has died.",
      },
    );
  }
  return endingOf(stored, stored.status, machine);
}

/** A run that is over for good, as it is stored: every command is declined. */
function over(
  storage: StoragePort,
  stored: StoredRun,
  status: "completed" | "cancelled",
): HandledRun {
  const { workflow, machine, problems } = RunReader.open(storage, stored.runId).catchUp();
  return {
    runId: stored.runId,
    definition: workflow,
    machine,
    ending: Promise.resolve(endingOf(stored, status, machine)),
    problems,
    isDetached: true,
    stopAgents: () => undefined,
    tell: () => "wrong_state",
    durable: () => Promise.resolve(),
  };
}

function endingOf(
  stored: StoredRun,
  status: RunEnding["status"],
  machine: WorkflowMachine,
): RunEnding {
  const context = Machine.context(machine);
  return {
    runId: stored.runId,
    status,
    results: Context.results(context),
    metrics: Context.metrics(context),
    ...(stored.error !== undefined && { error: stored.error }),
    ...(stored.errorCode !== undefined && { errorCode: stored.errorCode }),
  };
}

/** How a run of the database becomes a run of this engine, and how it is let go. */
export const takeUp = {
  load,
  isHeld,
  goOn,
  lostAttempts,
  endLeftBehind,
  leave,
  alreadyOver,
  stillActive,
  ending,
  over,
};
