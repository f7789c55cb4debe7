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
import { DamagedDatabase, type SalvagedOrigin } from "../storage/sqlite/DamagedDatabase.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";

/** What became of one run. */
export interface SalvagedRun {
  readonly runId: string;
  /** How it stands in the new database; absent when nothing of it could be kept. */
  readonly status?: RunStatus;
  /** Journal entries kept, always the first ones; `lastSeen` is the highest that the old database speaks of. */
  readonly keptEntries: number;
  readonly lastSeen: number;
  readonly keptCheckpoints: number;
  /** What was lost and why, in words; empty when the run is whole. */
  readonly lost: readonly string[];
}

export interface SalvageReport {
  readonly runs: readonly SalvagedRun[];
  /** What was lost besides the runs' own, in words. */
  readonly lost: readonly string[];
}

interface Kept {
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly artifacts: readonly StoredArtifact[];
  readonly lost: readonly string[];
}

const LOG_BATCH = 500;
const NOBODY = { ownerId: "salvage", host: "none", pid: 0, processStart: "" };

/**
 * Takes what is sound out of a damaged database into a new one: of each run the journal up to the last good entry, the
 * checkpoints and results that match their hashes, and its row as the journal gives it. The old files are only read.
 * `database_unusable` when the old file cannot be read at all or the new one is there already.
 *
 * @example
 * const { runs } = salvageDatabase({ from: ".ax/workflow.db", to: "rescued.db" });
 */
export function salvageDatabase({
  from,
  to,
}: {
  readonly from: string;
  readonly to: string;
}): SalvageReport {
  if (existsSync(to)) {
    throw new WorkflowError("database_unusable", `${to} is there already.`, {
      remedy: "Name a file that is not there yet: nothing is written over.",
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
    // A log that was hit in its middle is read all the same, row by row; a torn end cannot be told from one that was never written.
    if (damaged.log.torn === 1 && !damaged.log.isHeaderDamaged)
      this.#lost.push("the last transaction in the log, which is torn");
    this.#definitions = this.#readDefinitions();
    const { checkpoints, unreadable } = damaged.checkpoints();
    this.#checkpoints = checkpoints;
    if (unreadable > 0)
      this.#lost.push(`${unreadable} checkpoint${unreadable === 1 ? "" : "s"} that cannot be read`);
  }

  run(): SalvageReport {
    for (const definition of this.#definitions.values()) this.#storage.saveWorkflow(definition);
    // A fork comes after the run that it came from.
    const runs = [...this.#damaged.runs()].sort(
      ([, a], [, b]) => (a?.createdAt ?? 0) - (b?.createdAt ?? 0),
    );
    const salvaged = runs.map(([runId, origin]) => this.#salvageRun(runId, origin));
    this.#copyLogs();
    for (const table of this.#damaged.otherTables())
      this.#lost.push(`table ${table}: it is another package's, and was not looked at`);
    return { runs: salvaged, lost: this.#lost };
  }

  #salvageRun(runId: string, origin: SalvagedOrigin | undefined): SalvagedRun {
    const nothing = { runId, keptEntries: 0, lastSeen: 0, keptCheckpoints: 0 };
    if (origin === undefined)
      return {
        ...nothing,
        lost: ["everything: its row cannot be read, or is not what was written"],
      };
    if (!this.#definitions.has(origin.definitionHash))
      return { ...nothing, lost: ["everything: its definition is gone"] };
    if (origin.parentRunId !== undefined && !this.#keptRuns.has(origin.parentRunId)) {
      return {
        ...nothing,
        lost: [`everything: the run it was forked from is gone, ${origin.parentRunId}`],
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

  // What can be told without the core: results whose content is gone end the journal, and checkpoints go with what they build on.
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
        [end, why] = [seq - 1, `the result that entry ${seq} names is gone`];
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

  // The core has the last word: an entry that does not fit, or goes back to a checkpoint that is gone, is not kept either.
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
      throw new WorkflowError("internal", `The definition ${origin.definitionHash} is gone.`);
    return definition;
  }

  // One whose row is damaged may be made again: its source, read anew, has to give the same hash.
  #readDefinitions(): Map<string, StoredDefinition> {
    const definitions = new Map<string, StoredDefinition>();
    for (const { definition, isSound } of this.#damaged.definitions()) {
      const whole = isSound ? (definition as StoredDefinition) : readAgain(definition);
      if (whole === undefined) this.#lost.push(`the definition ${String(definition.workflowId)}`);
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
    owner: NOBODY,
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

function soundCheckpoints(all: readonly StoredCheckpoint[], end: number): StoredCheckpoint[] {
  const sound = all.filter(
    (checkpoint) => checkpoint.seq <= end && hashCheckpoint(checkpoint) === checkpoint.sha256,
  );
  const ids = new Set(sound.map(({ checkpointId }) => checkpointId));
  const standing = sound.filter(
    ({ parentCheckpointId }) => parentCheckpointId === undefined || ids.has(parentCheckpointId),
  );
  return standing.length === sound.length ? standing : soundCheckpoints(standing, end);
}

function readAgain({
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
