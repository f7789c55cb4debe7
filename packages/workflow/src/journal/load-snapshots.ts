import { hash } from "node:crypto";
import type { MachineSnapshot, StepSnapshot } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { StoragePort, StoredCheckpoint } from "../storage/StoragePort.js";
import { readPayload } from "./snapshot-codec.js";

/** The newest valid checkpoint, as the snapshots that produce it: a full one, then differences. */
export interface LoadedSnapshots {
  readonly checkpointId: string;
  /** The last journal entry that the checkpoint covers. */
  readonly seq: number;
  /** The damaged checkpoints that were skipped. */
  readonly problems: readonly WorkflowError[];
  /** The snapshots, and the results that they omit because the journal contains them. */
  withResults(resultOf: (stepId: string, attemptNumber: number) => unknown): MachineSnapshot[];
}

/**
 * Returns the SHA-256, in hex, of every field except the hash itself: the short fields as a JSON
 * array, whose end is unambiguous, then the payload.
 */
export function hashCheckpoint(checkpoint: Omit<StoredCheckpoint, "sha256">): string {
  const {
    checkpointId,
    runId,
    seq,
    kind,
    name,
    createdAt,
    parentCheckpointId,
    completedCount,
    payload,
  } = checkpoint;
  const fields = [
    checkpointId,
    runId,
    seq,
    kind,
    name ?? null,
    createdAt,
    parentCheckpointId ?? null,
    completedCount,
  ];
  return hash("sha256", JSON.stringify(fields) + payload, "hex");
}

/**
 * Finds the newest checkpoint, at or before the journal entry `upTo`, that is undamaged and has
 * undamaged parents. Returns `undefined` if the run has no checkpoints, and `seq` 0 if all are
 * damaged.
 */
export function loadSnapshots(
  storage: StoragePort,
  runId: string,
  upTo: number,
): LoadedSnapshots | undefined {
  const problems: WorkflowError[] = [];
  const read = new Map<string, MachineSnapshot | WorkflowError>();
  for (const { checkpointId, seq, runId: owner } of storage.listCheckpoints(runId)) {
    if (seq > upTo) continue;
    const chain = readChain(storage, checkpointId, read);
    if (chain instanceof WorkflowError) {
      if (!problems.includes(chain)) problems.push(chain);
      continue;
    }
    // A damaged index can return an intact checkpoint of another run.
    if (owner !== runId) continue;
    return {
      checkpointId,
      seq,
      problems,
      withResults: (resultOf) => chain.map((snapshot) => fillResults(snapshot, resultOf)),
    };
  }
  return problems.length === 0
    ? undefined
    : { checkpointId: "", seq: 0, problems, withResults: () => [] };
}

function readChain(
  storage: StoragePort,
  checkpointId: string,
  read: Map<string, MachineSnapshot | WorkflowError>,
): MachineSnapshot[] | WorkflowError {
  const chain: MachineSnapshot[] = [];
  let next: string | undefined = checkpointId;
  while (next !== undefined) {
    const stored: StoredCheckpoint | undefined = storage.getCheckpoint(next);
    const snapshot = read.get(next) ?? readSnapshot(next, stored);
    read.set(next, snapshot);
    if (snapshot instanceof WorkflowError) return snapshot;
    chain.unshift(snapshot);
    next = stored?.parentCheckpointId;
  }
  return chain;
}

function readSnapshot(
  checkpointId: string,
  stored: StoredCheckpoint | undefined,
): MachineSnapshot | WorkflowError {
  if (stored === undefined) return damagedCheckpoint(checkpointId, "it is missing");
  if (hashCheckpoint(stored) !== stored.sha256)
    return damagedCheckpoint(checkpointId, "its sha-256 does not match");
  const snapshot = readPayload(stored.payload);
  return typeof snapshot === "number"
    ? damagedCheckpoint(checkpointId, `this version does not support its format, ${snapshot}`)
    : snapshot;
}

/** Creates the error for a checkpoint that is skipped. `why` is a clause. */
export function damagedCheckpoint(checkpointId: string, why: string): WorkflowError {
  return new WorkflowError(
    "checkpoint_damaged",
    `Checkpoint ${checkpointId} is damaged (${why}) and was skipped.`,
    { remedy: "No action needed: the journal contains everything that a checkpoint contains." },
  );
}

function fillResults(
  snapshot: MachineSnapshot,
  resultOf: (stepId: string, attemptNumber: number) => unknown,
): MachineSnapshot {
  // Modified in place: the snapshot was parsed for this purpose, and a long run has thousands of
  // steps. A step without an attempt is a group, a fan-out or a loop, whose result the core works
  // out again.
  for (const step of snapshot.steps as {
    -readonly [Key in keyof StepSnapshot]: StepSnapshot[Key];
  }[]) {
    if (step.status === "completed" && step.result === undefined && step.attemptNumber > 0)
      step.result = resultOf(step.id, step.attemptNumber);
  }
  return snapshot;
}
