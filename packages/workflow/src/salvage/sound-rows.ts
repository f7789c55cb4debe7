import type { JournalEntry, WorkflowDefinition } from "@automatosx/schemas";
import { hashDefinition } from "../definition/definition-hash.js";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { storedDefinition } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { hashCheckpoint } from "../journal/load-snapshots.js";
import type {
  AgentProcess,
  Commit,
  NewRun,
  ReplicaPart,
  StartedFrom,
  StoragePort,
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
  const { startedFrom, ...fields } = origin;
  const newRun: NewRun = {
    ...fields,
    ...(startedFrom !== undefined && { startedFrom: JSON.parse(startedFrom) as StartedFrom }),
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

/** Returns the same as the copy of a run that another backend executes. */
export function copyOf(backend: string, { newRuns, artifacts, runs }: Commit): ReplicaPart {
  const [newRun, turn] = [newRuns[0], runs[0]];
  if (newRun === undefined || turn === undefined)
    throw new WorkflowError("internal", "A salvaged run has no row.");
  const { owner: _, leaseUntil: __, ...began } = newRun;
  const { runId, entries, checkpoints, run } = turn;
  return {
    ...{ runId, backend, newRun: began, artifacts, afterSeq: 0, entries, checkpoints },
    ...(run !== undefined && { run }),
  };
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

/**
 * Recreates a definition whose row is damaged, from its source or from its normalised JSON; the
 * hash of the definition proves either. Undefined if both are damaged.
 */
export function recreateDefinition({
  hash,
  source,
  definition,
  createdAt,
}: Partial<StoredDefinition>): StoredDefinition | undefined {
  const isInstant = Number(createdAt) >= 0 && Number(createdAt) <= LAST_INSTANT;
  const at = isInstant ? Number(createdAt) : 0;
  const workflow = [prepared(source, "yaml"), prepared(source, "json")].find(
    (one) => one?.hash === hash,
  );
  if (workflow !== undefined) return storedDefinition(workflow, at);
  const normalised = parsed(definition);
  if (normalised === undefined || hashDefinition(normalised) !== hash) return undefined;
  const { id: workflowId, name, version, steps } = normalised;
  const json = String(definition);
  return {
    ...{ hash, workflowId, name, version, format: "json", createdAt: at },
    ...{ source: json, definition: json, stepCount: steps.length },
  };
}

function prepared(source: unknown, format: WorkflowFormat): PreparedWorkflow | undefined {
  if (typeof source !== "string") return undefined;
  try {
    return prepareOnce(source, format);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return undefined;
  }
}

function parsed(json: unknown): WorkflowDefinition | undefined {
  try {
    const value: unknown = JSON.parse(String(json));
    return typeof value === "object" && value !== null ? (value as WorkflowDefinition) : undefined;
  } catch {
    return undefined;
  }
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

/** Returns the hash of the definition that an entry gives its run; undefined for other entries. */
export function laterDefinition({ type, payload }: JournalEntry): string | undefined {
  if (type !== "definition_changed") return undefined;
  return (JSON.parse(payload) as { readonly definitionHash?: string }).definitionHash;
}

/** Returns a storage that reads the runs that it does not have from another one. */
export function withFallback(storage: StoragePort, other: StoragePort): StoragePort {
  const of = (runId: string): StoragePort =>
    storage.getRun(runId) === undefined ? other : storage;
  const reading: Partial<StoragePort> = {
    getRun: (runId) => storage.getRun(runId) ?? other.getRun(runId),
    getWorkflow: (hash) => storage.getWorkflow(hash) ?? other.getWorkflow(hash),
    getArtifact: (sha256) => storage.getArtifact(sha256) ?? other.getArtifact(sha256),
    getCheckpoint: (id) => storage.getCheckpoint(id) ?? other.getCheckpoint(id),
    readJournal: (runId, afterSeq) => of(runId).readJournal(runId, afterSeq),
    listCheckpoints: (runId) => of(runId).listCheckpoints(runId),
  };
  return Object.assign(Object.create(storage) as StoragePort, reading);
}
