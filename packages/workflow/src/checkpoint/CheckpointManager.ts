import type { WorkflowDefinition } from "@automatosx/schemas";
import { count } from "../checks/option-checks.js";
import {
  type CheckpointData,
  Machine,
  RunQueries,
  type StepSnapshot,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { hasOwnResult, hasOwnResults } from "../every-step.js";
import { damagedCheckpoint, hashCheckpoint } from "../journal/load-snapshots.js";
import { RunReader } from "../journal/RunReader.js";
import { writePayload } from "../journal/snapshot-codec.js";
import type { CheckpointSummary, StoragePort, StoredCheckpoint } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import { checkCheckpointName } from "./check-name.js";
import { planMerge } from "./merge-checkpoints.js";

/** How many times pruning starts again because another process has changed the checkpoints. */
const PRUNE_TRIES = 3;

/** The data that a checkpoint is made from. */
export interface CheckpointRequest {
  readonly checkpointId: string;
  readonly runId: string;
  readonly machine: WorkflowMachine;
  /** The sequence number of the last journal entry that `machine` includes. */
  readonly seq: number;
  readonly kind: StoredCheckpoint["kind"];
  readonly name?: string;
  readonly createdAt: number;
  /**
   * An earlier checkpoint of the run, and its machine. The new checkpoint contains the difference
   * from it.
   */
  readonly base?: { readonly machine: WorkflowMachine; readonly checkpointId: string };
  /**
   * Which results the checkpoint contains: by default none, since the journal has them. `all` is
   * needed once the run has been restored to a checkpoint; `own` for a workflow with steps that
   * `hasOwnResult` is true of.
   */
  readonly withResults?: "own" | "all";
}

/** A checkpoint in a list, checked against its hash; `damage` describes what is wrong with it. */
export type CheckedCheckpoint = CheckpointSummary & { readonly damage?: string };

/**
 * Reads, writes and prunes checkpoints, which are shortcuts into a journal and states that a run
 * can be restored to.
 */
export class CheckpointManager {
  readonly #storage: StoragePort;

  /** Throws `invalid_argument` for anything but a storage. */
  constructor(storage: StoragePort) {
    storagePort(storage, "The storage");
    this.#storage = storage;
  }

  /**
   * Makes the checkpoint of a machine without storing it. Its size depends on how much changed
   * since `base`.
   */
  static describe(request: CheckpointRequest): StoredCheckpoint {
    const { base, machine, withResults, ...fields } = request;
    const snapshot = Machine.snapshot(machine, base?.machine);
    const keeps = (step: StepSnapshot): boolean =>
      withResults === "own" && hasOwnResult(RunQueries.step(machine, step.id) ?? {});
    const steps =
      withResults === "all"
        ? snapshot.steps
        : snapshot.steps.map((step) => (keeps(step) ? step : withoutResult(step)));
    const checkpoint = {
      ...fields,
      ...(base !== undefined && { parentCheckpointId: base.checkpointId }),
      completedCount: RunQueries.metrics(machine).completedSteps,
      payload: writePayload({ ...snapshot, steps }),
    };
    return { ...checkpoint, sha256: hashCheckpoint(checkpoint) };
  }

  /**
   * Writes a checkpoint at the end of a run's journal, under a lease that the caller holds. For a
   * run that is active in an engine, use `engine.checkpoint`. Throws `run_not_found` or
   * `lease_lost`.
   */
  createCheckpoint(request: {
    readonly checkpointId: string;
    readonly runId: string;
    readonly name?: string;
    readonly createdAt: number;
    readonly leaseEpoch: number;
  }): CheckpointSummary {
    const { leaseEpoch, ...rest } = request;
    checkCheckpointName(request.name);
    const reader = RunReader.open(this.#storage, request.runId).catchUp();
    const checkpoint = CheckpointManager.describe({
      ...rest,
      machine: reader.machine,
      seq: reader.seq,
      kind: "manual",
      ...resultsToKeep(reader.definition, reader.wasRestored),
    });
    this.#storage.commit({
      newRuns: [],
      artifacts: [],
      logs: [],
      runs: [{ runId: request.runId, leaseEpoch, entries: [], checkpoints: [checkpoint] }],
    });
    return summaryOf(checkpoint);
  }

  /**
   * Returns the completed and pending steps of a checkpoint, and the results of the completed ones.
   * Throws `checkpoint_not_found` or `checkpoint_damaged`.
   */
  loadCheckpoint(
    checkpointId: string,
  ): CheckpointData & { readonly runId: string; readonly seq: number } {
    const stored = this.#storage.getCheckpoint(checkpointId);
    if (stored === undefined) {
      throw new WorkflowError(
        "checkpoint_not_found",
        `Checkpoint ${checkpointId} does not exist.`,
        {
          remedy: "List the run's checkpoints.",
        },
      );
    }
    if (hashCheckpoint(stored) !== stored.sha256)
      throw damagedCheckpoint(checkpointId, "its sha-256 does not match");
    const { machine } = RunReader.open(this.#storage, stored.runId).catchUp(stored.seq);
    return {
      ...RunQueries.checkpointData(machine, checkpointId),
      runId: stored.runId,
      seq: stored.seq,
    };
  }

  /**
   * Returns the checkpoints of a run, newest first, each checked against its hash. If `damage` is
   * present, the other fields are unreliable.
   */
  listCheckpoints(runId: string): readonly CheckedCheckpoint[] {
    return this.#storage.scanCheckpoints(runId).flatMap((summary) => {
      const stored = this.#storage.getCheckpoint(summary.checkpointId);
      const isSound = stored !== undefined && hashCheckpoint(stored) === stored.sha256;
      if (!isSound)
        return [
          {
            ...summary,
            runId,
            damage: stored === undefined ? "it cannot be found" : "its sha-256 does not match",
          },
        ];
      return stored.runId === runId ? [summary] : [];
    });
  }

  /** Returns the newest checkpoint of a run without checking its hash. */
  latestCheckpoint(runId: string): CheckpointSummary | undefined {
    return this.#storage.scanCheckpoints(runId).find((summary) => summary.runId === runId);
  }

  /**
   * Removes all automatic checkpoints of a run but the newest `keep`, and returns how many it
   * removed. Each removed checkpoint is merged into those that build on it, so that the oldest
   * remaining one is complete. The newest checkpoint, named checkpoints, and those that the run was
   * restored to are always kept. If any checkpoint is damaged, nothing is removed. The run may be
   * active.
   */
  pruneCheckpoints(runId: string, keep: number): number {
    count(0)(keep, "keep");
    for (let tries = 0; tries < PRUNE_TRIES; tries += 1) {
      const change = planMerge(this.#storage, runId, keep);
      if (change === undefined) return 0;
      if (this.#storage.rewriteCheckpoints(change)) return change.removed.length;
    }
    return 0;
  }
}

/** Returns which results a checkpoint of a run must contain. */
export function resultsToKeep(
  definition: WorkflowDefinition,
  wasRestored: boolean,
): Pick<CheckpointRequest, "withResults"> {
  if (wasRestored) return { withResults: "all" };
  return hasOwnResults(definition) ? { withResults: "own" } : {};
}

function withoutResult(step: StepSnapshot): StepSnapshot {
  if (step.status !== "completed") return step;
  const { result: _, ...rest } = step;
  return rest;
}

function summaryOf({
  payload: _,
  sha256: __,
  parentCheckpointId: ___,
  ...summary
}: StoredCheckpoint): CheckpointSummary {
  return summary;
}
