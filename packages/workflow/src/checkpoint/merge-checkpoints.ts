import type { MachineSnapshot, StepSnapshot } from "../core/workflow-state-machine.js";
import type { CheckpointRewrite, StoragePort, StoredCheckpoint } from "../storage/StoragePort.js";
import { CHECKPOINT_FORMAT, type CheckpointPayload, hashCheckpoint } from "./load-snapshots.js";

/**
 * How a run comes to have only its newest `keep` automatic checkpoints, those with a name, and those that are referred to: what
 * the others hold goes into those that build on them, so that the oldest becomes whole and no chain is longer than what is
 * kept. Undefined when there is nothing to do, or when one is damaged: then it is not known what the others hold.
 */
export function planMerge(storage: StoragePort, runId: string, keep: number): CheckpointRewrite | undefined {
  const superfluous = findSuperfluous(storage, runId, keep);
  if (superfluous.size === 0) return undefined;
  const all = readAll(storage, runId);
  if (all === undefined) return undefined;
  const rewritten: StoredCheckpoint[] = [];
  for (const checkpoint of all.values()) {
    const { checkpointId, parentCheckpointId: parent } = checkpoint;
    if (superfluous.has(checkpointId) || parent === undefined || !superfluous.has(parent)) continue;
    const merged = mergeUpwards(checkpoint, all, superfluous);
    if (merged === undefined) return undefined;
    rewritten.push(merged);
  }
  const seen = new Map([...all].map(([id, { sha256 }]) => [id, sha256]));
  return { runId, seen, rewritten, removed: [...superfluous] };
}

function findSuperfluous(storage: StoragePort, runId: string, keep: number): Set<string> {
  const listed = storage.listCheckpoints(runId);
  const automatic = listed.filter(({ kind }) => kind === "automatic");
  // The newest of all stays, since an engine that is working on the run builds its next one on it.
  const kept = new Set([...automatic.slice(0, keep), ...listed.slice(0, 1)].map(({ checkpointId }) => checkpointId));
  for (const checkpointId of storage.referredCheckpoints(runId)) kept.add(checkpointId);
  return new Set(automatic.flatMap(({ checkpointId }) => (kept.has(checkpointId) ? [] : [checkpointId])));
}

// Undefined when one is not what was written: damage must not be hashed anew.
function readAll(storage: StoragePort, runId: string): Map<string, StoredCheckpoint> | undefined {
  const all = new Map<string, StoredCheckpoint>();
  for (const { checkpointId } of storage.listCheckpoints(runId)) {
    const stored = storage.getCheckpoint(checkpointId);
    if (stored === undefined || hashCheckpoint(stored) !== stored.sha256 || payloadOf(stored).format !== CHECKPOINT_FORMAT)
      return undefined;
    all.set(checkpointId, stored);
  }
  return all;
}

// The checkpoint with all that it builds on up to the next one that stays; whole when there is none.
function mergeUpwards(
  checkpoint: StoredCheckpoint,
  all: ReadonlyMap<string, StoredCheckpoint>,
  superfluous: ReadonlySet<string>,
): StoredCheckpoint | undefined {
  const { parentCheckpointId, sha256: _, ...fields } = checkpoint;
  const chain = [payloadOf(checkpoint).snapshot];
  let parent = parentCheckpointId;
  while (parent !== undefined && superfluous.has(parent)) {
    const next = all.get(parent);
    if (next === undefined) return undefined;
    chain.unshift(payloadOf(next).snapshot);
    parent = next.parentCheckpointId;
  }
  const payload: CheckpointPayload = { format: CHECKPOINT_FORMAT, snapshot: mergeSnapshots(chain) };
  const merged = { ...fields, ...(parent !== undefined && { parentCheckpointId: parent }), payload: JSON.stringify(payload) };
  return { ...merged, sha256: hashCheckpoint(merged) };
}

// As the core reads them one after the other: of a step the last holds, checkpoints add up, all else is the last one's.
function mergeSnapshots(chain: readonly MachineSnapshot[]): MachineSnapshot {
  const steps = new Map<string, StepSnapshot>();
  for (const snapshot of chain) for (const step of snapshot.steps) steps.set(step.id, step);
  const last = chain.at(-1) as MachineSnapshot;
  return { ...last, steps: [...steps.values()], checkpoints: chain.flatMap(({ checkpoints }) => checkpoints) };
}

function payloadOf(checkpoint: StoredCheckpoint): CheckpointPayload {
  return JSON.parse(checkpoint.payload) as CheckpointPayload;
}
