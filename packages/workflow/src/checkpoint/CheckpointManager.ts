import {
  type CheckpointData,
  Machine,
  RunQueries,
  type StepSnapshot,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { damagedCheckpoint, hashCheckpoint } from "../journal/load-snapshots.js";
import { RunReader } from "../journal/RunReader.js";
import { writePayload } from "../journal/snapshot-codec.js";
import type { CheckpointSummary, StoragePort, StoredCheckpoint } from "../storage/StoragePort.js";
import { planMerge } from "./merge-checkpoints.js";

/** How often another process may change the checkpoints while it is worked out what to keep of them. */
const PRUNE_TRIES = 3;

/** What a checkpoint is made from. `base` is the machine at an earlier checkpoint of the same run. */
export interface CheckpointRequest {
  readonly checkpointId: string;
  readonly runId: string;
  readonly machine: WorkflowMachine;
  /** The journal position of `machine`. */
  readonly seq: number;
  readonly kind: StoredCheckpoint["kind"];
  readonly name?: string;
  readonly createdAt: number;
  readonly base?: { readonly machine: WorkflowMachine; readonly checkpointId: string };
  /** Keeps every result in the checkpoint: needed once a run has gone back, see `RunReader.wasRestored`. */
  readonly withResults?: boolean;
}

/** A checkpoint as listed, after its hash was looked at. */
export type CheckedCheckpoint = CheckpointSummary & { readonly damage?: string };

/** Checkpoints: shortcuts into a run's journal, and places to go back to. The journal stays the truth. */
export class CheckpointManager {
  readonly #storage: StoragePort;

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /** The checkpoint of a machine, not yet stored: its cost follows what changed since `base`. */
  static describe(request: CheckpointRequest): StoredCheckpoint {
    const { base, machine, withResults, ...fields } = request;
    const snapshot = Machine.snapshot(machine, base?.machine);
    const steps = withResults === true ? snapshot.steps : snapshot.steps.map(withoutResult);
    const checkpoint = {
      ...fields,
      ...(base !== undefined && { parentCheckpointId: base.checkpointId }),
      completedCount: RunQueries.metrics(machine).completedSteps,
      payload: writePayload({ ...snapshot, steps }),
    };
    return { ...checkpoint, sha256: hashCheckpoint(checkpoint) };
  }

  /**
   * Writes a checkpoint of a run as its journal stands, for a run that no engine is working on. A live run makes
   * its own: `RunHandle.checkpoint`.
   */
  createCheckpoint(request: {
    readonly checkpointId: string;
    readonly runId: string;
    readonly name?: string;
    readonly createdAt: number;
    readonly leaseEpoch: number;
  }): CheckpointSummary {
    const { leaseEpoch, ...rest } = request;
    const reader = RunReader.open(this.#storage, request.runId).catchUp();
    const checkpoint = CheckpointManager.describe({
      ...rest,
      machine: reader.machine,
      seq: reader.seq,
      kind: "manual",
      withResults: reader.wasRestored,
    });
    this.#storage.commit({
      newRuns: [],
      artifacts: [],
      logs: [],
      runs: [{ runId: request.runId, leaseEpoch, entries: [], checkpoints: [checkpoint] }],
    });
    return summaryOf(checkpoint);
  }

  /** What a checkpoint says: completed and pending steps, and the results. `checkpoint_not_found`, `checkpoint_damaged`. */
  loadCheckpoint(
    checkpointId: string,
  ): CheckpointData & { readonly runId: string; readonly seq: number } {
    const stored = this.#storage.getCheckpoint(checkpointId);
    if (stored === undefined) {
      throw new WorkflowError("checkpoint_not_found", `There is no checkpoint ${checkpointId}.`, {
        remedy: "`axw checkpoint list RUN` shows the checkpoints of a run.",
      });
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

  /** Newest first, each held against its hash: one that is damaged carries `damage`, and what else it says is not to be relied on. */
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

  latestCheckpoint(runId: string): CheckpointSummary | undefined {
    return this.#storage.scanCheckpoints(runId).find((summary) => summary.runId === runId);
  }

  /**
   * Takes away automatic checkpoints beyond the newest `keep`; gives their number. What others build on goes into these first,
   * so that the oldest one left is whole. The newest of all stays, and those with a name, those that the run went back to and
   * those that another run was forked from. Does nothing where one is damaged. It may be called while the run is worked on.
   */
  pruneCheckpoints(runId: string, keep: number): number {
    for (let tries = 0; tries < PRUNE_TRIES; tries += 1) {
      const change = planMerge(this.#storage, runId, Math.max(0, keep));
      if (change === undefined) return 0;
      if (this.#storage.rewriteCheckpoints(change)) return change.removed.length;
    }
    return 0;
  }
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
