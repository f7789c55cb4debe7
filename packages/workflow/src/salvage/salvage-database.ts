import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import type { JournalEntry, RunStatus } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import { Context, Machine, State } from "../core/workflow-state-machine.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { storedDefinition } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { hashCheckpoint } from "../journal/load-snapshots.js";
import { RunReader } from "../journal/RunReader.js";
import type {
  Commit,
  LogChunk,
  NewRun,
  StoragePort,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";
import { DamagedDatabase } from "../storage/sqlite/DamagedDatabase.js";
import { resolveDatabasePath } from "../storage/sqlite/database-path.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import type { SalvagedOrigin } from "../storage/sqlite/salvaged-rows.js";

/** The result of salvaging one run. */
export interface SalvagedRun {
  readonly runId: string;
  /** Its status in the new database; absent if none of it could be salvaged. */
  readonly status?: RunStatus;
  /** How many journal entries were salvaged, counted from the first. */
  readonly keptEntries: number;
  /** The highest sequence number that appears anywhere in the old database. */
  readonly lastSeen: number;
  readonly keptCheckpoints: number;
  /**
   * Human-readable descriptions of the lost data, with the reasons. Empty if the run is complete.
   */
  readonly lost: readonly string[];
}

/** The result of salvaging a database. */
export interface SalvageReport {
  readonly runs: readonly SalvagedRun[];
  /** Human-readable descriptions of lost data that does not belong to a single run. */
  readonly lost: readonly string[];
}

/** The rows of one run to write to the new database. */
interface Kept {
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly artifacts: readonly StoredArtifact[];
  readonly lost: readonly string[];
}

const LOG_BATCH = 500;
/** The owner of each run during the one commit that creates and releases the run. */
const SALVAGE_OWNER = { ownerId: "salvage", host: "none", pid: 0, processStart: "" };

/**
 * Copies the intact data in a damaged database into a new one: for each run, the journal up to the
 * last good entry, the checkpoints and results that match their hashes, and the row derived from
 * the journal. The old files are not changed. Throws `database_unusable` if the old file cannot be
 * read at all or the new one already exists.
 *
 * @example
 * const { runs } = salvageDatabase({ from: ".ax/workflow.db", to: "rescued.db" });
 */
export function salvageDatabase({
  from,
  to: given,
}: {
  readonly from: string;
  readonly to: string;
}): SalvageReport {
  const to = resolveDatabasePath(given);
  if (existsSync(to)) {
    throw new WorkflowError("database_unusable", `${to} already exists.`, {
      remedy: "Choose a path where no file exists: salvage does not overwrite files.",
      suggestion: { action: "salvage_database" },
    });
  }
  using damaged = DamagedDatabase.open(from, to);
  try {
    const storage = openSqliteStorage({ path: to });
    try {
      return new Salvage(damaged, storage).run();
    } finally {
      storage.close();
    }
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(to + suffix, { force: true });
    throw error;
  }
}

class Salvage {
  readonly #damaged: DamagedDatabase;
  readonly #storage: StoragePort;
  readonly #definitions: ReadonlyMap<string, StoredDefinition>;
  readonly #checkpoints: readonly StoredCheckpoint[];
  readonly #lost: string[] = [];
  readonly #keptRuns = new Set<string>();

  constructor(damaged: DamagedDatabase, storage: StoragePort) {
    this.#damaged = damaged;
    this.#storage = storage;
    // A log that is damaged in its middle is still read, row by row. A torn end is not read: it may
    // never have been committed.
    if (damaged.log.torn === 1 && !damaged.log.isHeaderDamaged)
      this.#lost.push("the last transaction in the log: it is torn");
    this.#definitions = this.#readDefinitions();
    const { checkpoints, unreadable } = damaged.checkpoints();
    this.#checkpoints = checkpoints;
    if (unreadable > 0)
      this.#lost.push(`${unreadable} checkpoint${unreadable === 1 ? "" : "s"} that cannot be read`);
  }

  run(): SalvageReport {
    for (const definition of this.#definitions.values()) this.#storage.saveWorkflow(definition);
    // By age, so that a fork comes after the run that it was forked from.
    const runs = [...this.#damaged.runs()].sort(
      ([, a], [, b]) => (a?.createdAt ?? 0) - (b?.createdAt ?? 0),
    );
    const salvaged = runs.map(([runId, origin]) => this.#salvageRun(runId, origin));
    this.#copyLogs();
    for (const table of this.#damaged.otherTables())
      this.#lost.push(`table ${table}: it belongs to another package and was not copied`);
    return { runs: salvaged, lost: this.#lost };
  }

  #salvageRun(runId: string, origin: SalvagedOrigin | undefined): SalvagedRun {
    const nothing = { runId, keptEntries: 0, lastSeen: 0, keptCheckpoints: 0 };
    if (origin === undefined)
      return {
        ...nothing,
        lost: ["everything: its row cannot be read or does not match its hash"],
      };
    if (!this.#definitions.has(origin.definitionHash))
      return { ...nothing, lost: ["everything: its definition is lost"] };
    if (origin.parentRunId !== undefined && !this.#keptRuns.has(origin.parentRunId)) {
      return {
        ...nothing,
        lost: [`everything: run ${origin.parentRunId}, from which it was forked, is lost`],
      };
    }
    const { entries, lastSeen, problem } = this.#damaged.journal(origin);
    const kept = this.#fold(origin, this.#sound(runId, entries, lastSeen, problem));
    if (kept.entries.length === 0)
      return {
        ...nothing,
        lastSeen,
        lost: kept.lost.length > 0 ? kept.lost : ["everything: its journal is empty"],
      };
    const status = this.#write(origin, kept);
    this.#keptRuns.add(runId);
    return {
      runId,
      status,
      keptEntries: kept.entries.length,
      lastSeen,
      keptCheckpoints: kept.checkpoints.length,
      lost: kept.lost,
    };
  }

  // Returns the data that is intact according to the hashes. The journal ends before an entry whose
  // result is lost, and a checkpoint is lost if the one that it builds on is lost.
  #sound(
    runId: string,
    entries: readonly JournalEntry[],
    lastSeen: number,
    problem: string | undefined,
  ): Kept {
    const artifacts: StoredArtifact[] = [];
    let [end, why] = [entries.length, problem];
    for (const { seq, type, payload } of entries) {
      const sha256 =
        type === "step_completed"
          ? (JSON.parse(payload) as { artifact?: unknown }).artifact
          : undefined;
      if (typeof sha256 !== "string") continue;
      const content = this.#damaged.artifact(sha256);
      if (content === undefined || createHash("sha256").update(content).digest("hex") !== sha256) {
        [end, why] = [seq - 1, `the result that entry ${seq} refers to is lost`];
        break;
      }
      artifacts.push({ sha256, content });
    }
    const own = this.#checkpoints.filter((checkpoint) => checkpoint.runId === runId);
    const checkpoints = soundCheckpoints(own, end);
    const lost =
      why === undefined ? [] : [`entries ${end + 1} to ${Math.max(lastSeen, end + 1)}: ${why}`];
    if (checkpoints.length < own.length)
      lost.push(`${own.length - checkpoints.length} of ${own.length} checkpoints`);
    return { entries: entries.slice(0, end), checkpoints, artifacts, lost };
  }

  // The core makes the final decision: the journal also ends before an entry that the core refuses,
  // and before one that restores a lost checkpoint.
  #fold(origin: SalvagedOrigin, kept: Kept): Kept {
    using scratch = this.#scratch(origin, kept);
    const reader = RunReader.openJournal(scratch.storage, origin.runId);
    try {
      for (const _ of reader.advance());
      return kept;
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      const end = Math.min(reader.seq, kept.entries.length - 1);
      const rest = soundCheckpoints(kept.checkpoints, end);
      return this.#fold(origin, {
        ...kept,
        entries: kept.entries.slice(0, end),
        checkpoints: rest,
        lost: [...kept.lost, `entries from ${end + 1}: ${error.message}`],
      });
    }
  }

  #scratch(origin: SalvagedOrigin, kept: Kept): Disposable & { readonly storage: StoragePort } {
    const storage = openSqliteStorage({ path: ":memory:" });
    storage.saveWorkflow(this.#definitionOf(origin));
    const { parentRunId: _, ...own } = origin;
    storage.commit(commitOf(own, kept));
    return { storage, [Symbol.dispose]: () => storage.close() };
  }

  #write(origin: SalvagedOrigin, kept: Kept): RunStatus {
    using scratch = this.#scratch(origin, kept);
    const { machine, at } = RunReader.openJournal(scratch.storage, origin.runId).catchUp();
    const state = Machine.state(machine);
    const context = Machine.context(machine);
    const [error, errorCode] = [Context.error(context), Context.errorCode(context)];
    const status = statusOf(state);
    const row = {
      state,
      status,
      updatedAt: at,
      release: true,
      ...(error !== undefined && { error }),
      ...(errorCode !== undefined && { errorCode }),
      ...(State.isTerminal(state) && { finishedAt: at }),
    };
    this.#storage.commit(commitOf(origin, kept, row));
    return status;
  }

  #definitionOf(origin: SalvagedOrigin): StoredDefinition {
    const definition = this.#definitions.get(origin.definitionHash);
    if (definition === undefined)
      throw new WorkflowError("internal", `The definition ${origin.definitionHash} is lost.`);
    return definition;
  }

  // A definition whose row is damaged is usable if parsing its source again produces the same hash.
  #readDefinitions(): Map<string, StoredDefinition> {
    const definitions = new Map<string, StoredDefinition>();
    for (const { definition, isSound } of this.#damaged.definitions()) {
      const whole = isSound ? (definition as StoredDefinition) : parseAgain(definition);
      if (whole === undefined)
        this.#lost.push(`the definition of workflow ${String(definition.workflowId)}`);
      else definitions.set(whole.hash, whole);
    }
    return definitions;
  }

  #copyLogs(): void {
    let batch: LogChunk[] = [];
    const write = (): void => {
      this.#storage.commit({ newRuns: [], artifacts: [], runs: [], logs: batch });
      batch = [];
    };
    for (const chunk of this.#damaged.logs()) {
      if (!this.#keptRuns.has(chunk.runId)) continue;
      if (batch.push(chunk) >= LOG_BATCH) write();
    }
    write();
  }
}

function commitOf(
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
  const { entries, checkpoints, artifacts } = kept;
  const turn = {
    runId: origin.runId,
    leaseEpoch: 1,
    entries,
    checkpoints,
    ...(row !== undefined && { run: row }),
  };
  return { newRuns: [newRun], artifacts, runs: [turn], logs: [] };
}

// Returns the checkpoints up to entry `end` that match their hashes and build only on checkpoints
// that do.
function soundCheckpoints(all: readonly StoredCheckpoint[], end: number): StoredCheckpoint[] {
  const sound = all.filter(
    (checkpoint) => checkpoint.seq <= end && hashCheckpoint(checkpoint) === checkpoint.sha256,
  );
  const ids = new Set(sound.map(({ checkpointId }) => checkpointId));
  const supported = sound.filter(
    ({ parentCheckpointId }) => parentCheckpointId === undefined || ids.has(parentCheckpointId),
  );
  return supported.length === sound.length ? supported : soundCheckpoints(supported, end);
}

function parseAgain({
  hash,
  source,
  createdAt,
}: Partial<StoredDefinition>): StoredDefinition | undefined {
  if (typeof source !== "string") return undefined;
  for (const format of ["yaml", "json"] as const) {
    try {
      const workflow = prepareOnce(source, format);
      if (workflow.hash === hash) {
        const at = Number.isFinite(createdAt) ? Math.abs(Number(createdAt)) : 0;
        return storedDefinition(workflow, at);
      }
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
    }
  }
  return undefined;
}
