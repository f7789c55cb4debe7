import type { JournalEntry } from "@automatosx/schemas";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { storedDefinition } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { hashCheckpoint } from "../journal/load-snapshots.js";
import type {
  AgentProcess,
  Commit,
  NewRun,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";
import type { SalvagedOrigin } from "../storage/sqlite/salvaged-rows.js";

/** The rows of one run to write to the new database. */
export interface Kept {
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly artifacts: readonly StoredArtifact[];
  readonly processes: readonly AgentProcess[];
  readonly lost: readonly string[];
}

/** The owner of each run during the one commit that creates and releases the run. */
const SALVAGE_OWNER = { ownerId: "salvage", host: "none", pid: 0, processStart: "" };
/** The latest instant that the tables accept, in ms since the epoch. */
const LAST_INSTANT = 9e15;

/** Returns the transaction that creates a run in the new database. */
export function commitOf(
  origin: SalvagedOrigin,
  kept: Kept,
  row?: NonNullable<Commit["runs"][number]["run"]>,
): Commit {
  const newRun: NewRun = {
    ...origin,
    inputs: JSON.parse(origin.inputs) as Record<string, unknown>,
    context: JSON.parse(origin.context) as Record<string, unknown>,
    owner: SALVAGE_OWNER,
    leaseUntil: 0,
  };
  const { entries, checkpoints, artifacts, processes } = kept;
  const turn = {
    runId: origin.runId,
    leaseEpoch: 1,
    entries,
    checkpoints,
    processes,
    ...(row !== undefined && { run: row }),
  };
  return { newRuns: [newRun], artifacts, runs: [turn], logs: [] };
}

/**
 * Returns the checkpoints up to entry `end` that match their hashes and build only on checkpoints
 * that do.
 */
export function soundCheckpoints(
  all: readonly StoredCheckpoint[],
  end: number,
): StoredCheckpoint[] {
  const sound = all.filter((checkpoint) => checkpoint.seq <= end && isSoundCheckpoint(checkpoint));
  const ids = new Set(sound.map(({ checkpointId }) => checkpointId));
  const supported = sound.filter(
    ({ parentCheckpointId }) => parentCheckpointId === undefined || ids.has(parentCheckpointId),
  );
  return supported.length === sound.length ? supported : soundCheckpoints(supported, end);
}

/** Recreates a definition from its source; undefined if the result has another hash. */
export function parseAgain({
  hash,
  source,
  createdAt,
}: Partial<StoredDefinition>): StoredDefinition | undefined {
  if (typeof source !== "string") return undefined;
  for (const format of ["yaml", "json"] as const) {
    try {
      const workflow = prepareOnce(source, format);
      if (workflow.hash === hash) {
        const isInstant = Number(createdAt) >= 0 && Number(createdAt) <= LAST_INSTANT;
        const at = isInstant ? Number(createdAt) : 0;
        return storedDefinition(workflow, at);
      }
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
    }
  }
  return undefined;
}

/**
 * Returns the versions of a checkpoint's row that match their hash, and the newest one even if it
 * does not: a row may contain another checkpoint than it did before.
 */
export function soundVersions(versions: readonly StoredCheckpoint[]): StoredCheckpoint[] {
  const found = new Map<string, StoredCheckpoint>();
  for (const version of versions)
    if (isSoundCheckpoint(version) && !found.has(version.checkpointId))
      found.set(version.checkpointId, version);
  const [newest] = versions;
  return newest === undefined || found.has(newest.checkpointId)
    ? [...found.values()]
    : [...found.values(), newest];
}

function isSoundCheckpoint(checkpoint: StoredCheckpoint): boolean {
  return hashCheckpoint(checkpoint) === checkpoint.sha256;
}
