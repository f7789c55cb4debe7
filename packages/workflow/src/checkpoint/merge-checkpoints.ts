import type { MachineSnapshot, StepSnapshot } from "../core/workflow-state-machine.js";
import { hashCheckpoint } from "../journal/load-snapshots.js";
import { readPayload, writePayload } from "../journal/snapshot-codec.js";
import type { CheckpointRewrite, StoragePort, StoredCheckpoint } from "../storage/StoragePort.js";

interface ReadCheckpoint {
  readonly stored: StoredCheckpoint;
  readonly snapshot: MachineSnapshot;
}

/**
 * Returns the change that keeps only a run's newest `keep` automatic checkpoints, the named ones
 * and those that are referred to. The others are merged into those that build on them, so that the
 * oldest becomes complete and no chain is longer than the number of checkpoints kept. Returns
 * undefined if there is nothing to remove, or if a checkpoint is damaged, because checkpoints that
 * build on it cannot be merged.
 */
export function planMerge(
  storage: StoragePort,
  runId: string,
  keep: number,
): CheckpointRewrite | undefined {
  const superfluous = findSuperfluous(storage, runId, keep);
  if (superfluous.size === 0) return undefined;
  const all = readAll(storage, runId);
  if (all === undefined) return undefined;
  const rewritten: StoredCheckpoint[] = [];
  for (const checkpoint of all.values()) {
    const { checkpointId, parentCheckpointId: parent } = checkpoint.stored;
    if (superfluous.has(checkpointId) || parent === undefined || !superfluous.has(parent)) continue;
    const merged = mergeUpwards(checkpoint, all, superfluous);
    if (merged === undefined) return undefined;
    rewritten.push(merged);
  }
  const expected = new Map([...all].map(([id, { stored }]) => [id, stored.sha256]));
  return { runId, expected, rewritten, removed: [...superfluous] };
}

function findSuperfluous(storage: StoragePort, runId: string, keep: number): Set<string> {
  const listed = storage.listCheckpoints(runId);
  const automatic = listed.filter(({ kind }) => kind === "automatic");
  // The newest checkpoint is always kept: an engine that owns the run builds the next one on it.
  const kept = new Set(
    [...automatic.slice(0, keep), ...listed.slice(0, 1)].map(({ checkpointId }) => checkpointId),
  );
  for (const checkpointId of storage.referencedCheckpoints(runId)) kept.add(checkpointId);
  return new Set(
    automatic.flatMap(({ checkpointId }) => (kept.has(checkpointId) ? [] : [checkpointId])),
  );
}

// Undefined if any checkpoint does not match its hash: damaged data must not get a new, valid hash.
function readAll(storage: StoragePort, runId: string): Map<string, ReadCheckpoint> | undefined {
  const all = new Map<string, ReadCheckpoint>();
  for (const { checkpointId } of storage.listCheckpoints(runId)) {
    const stored = storage.getCheckpoint(checkpointId);
    if (stored?.runId !== runId || hashCheckpoint(stored) !== stored.sha256) return undefined;
    const snapshot = readPayload(stored.payload);
    if (typeof snapshot === "number") return undefined;
    all.set(checkpointId, { stored, snapshot });
  }
  return all;
}

// Returns the checkpoint merged with those that it builds on, down to one that is kept; complete if
// none is kept.
function mergeUpwards(
  checkpoint: ReadCheckpoint,
  all: ReadonlyMap<string, ReadCheckpoint>,
  superfluous: ReadonlySet<string>,
): StoredCheckpoint | undefined {
  const { parentCheckpointId, sha256: _, ...fields } = checkpoint.stored;
  const chain = [checkpoint.snapshot];
  let parent = parentCheckpointId;
  while (parent !== undefined && superfluous.has(parent)) {
    const next = all.get(parent);
    if (next === undefined) return undefined;
    chain.unshift(next.snapshot);
    parent = next.stored.parentCheckpointId;
  }
  const payload = writePayload(mergeSnapshots(chain));
  const merged = {
    ...fields,
    ...(parent !== undefined && { parentCheckpointId: parent }),
    payload,
  };
  return { ...merged, sha256: hashCheckpoint(merged) };
}

// Merges as if the core applied the snapshots in order: the last state of each step, all
// checkpoints, and everything else from the last snapshot.
function mergeSnapshots(chain: readonly MachineSnapshot[]): MachineSnapshot {
  const steps = new Map<string, StepSnapshot>();
  for (const snapshot of chain) for (const step of snapshot.steps) steps.set(step.id, step);
  const last = chain.at(-1) as MachineSnapshot;
  return {
    ...last,
    steps: [...steps.values()],
    checkpoints: chain.flatMap(({ checkpoints }) => checkpoints),
  };
}
