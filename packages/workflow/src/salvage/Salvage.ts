import { createHash } from "node:crypto";
import type { JournalEntry, RunStatus } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import { Context, Machine, State } from "../core/workflow-state-machine.js";
import { usedBy } from "../drive/run-row.js";
import { WorkflowError } from "../errors.js";
import { RunReader } from "../journal/RunReader.js";
import { HALF_REMOVED } from "../storage/half-removed.js";
import { ownerState } from "../storage/owner-state.js";
import { isOwnerDead } from "../storage/process-identity.js";
import { referencedArtifacts } from "../storage/referenced-artifacts.js";
import type {
  AgentProcess,
  LogChunk,
  RunCommit,
  RunOwner,
  StoragePort,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";
import type { DamagedDatabase, ExpectedRun } from "../storage/sqlite/DamagedDatabase.js";
import { IN_MEMORY } from "../storage/sqlite/database-path.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import type { SalvagedOrigin } from "../storage/sqlite/salvaged-rows.js";
import { doubtAbout, lossesAfter, whyUnproven } from "./judge-run.js";
import type { SalvagedRun, SalvageReport } from "./SalvageReport.js";
import {
  commitOf,
  copyOf,
  type Kept,
  laterDefinition,
  recreateDefinition,
  soundCheckpoints,
  soundVersions,
  withFallback,
} from "./sound-rows.js";

type RunRow = NonNullable<RunCommit["run"]>;

const LOG_BATCH = 500;
/** How many runs share a database in memory. */
const SCRATCH_RUNS = 100;

/** Copies the intact rows of a damaged database into a new one, run by run. */
export class Salvage {
  readonly #damaged: DamagedDatabase;
  readonly #storage: StoragePort;
  readonly #definitions: ReadonlyMap<string, StoredDefinition>;
  /** By the id of the run. One that matches no hash is lost. */
  readonly #checkpoints: ReadonlyMap<string, readonly StoredCheckpoint[]>;
  readonly #now: number;
  readonly #lost: string[] = [];
  readonly #keptRuns = new Set<string>();
  #scratchStorage: StoragePort | undefined;
  #scratchRuns = 0;

  constructor(damaged: DamagedDatabase, storage: StoragePort, now: number) {
    this.#damaged = damaged;
    this.#storage = storage;
    this.#now = now;
    this.#lost.push(...damaged.damage);
    this.#definitions = this.#readDefinitions();
    const readable = damaged.checkpoints();
    const unreadable = readable.filter((versions) => versions.length === 0).length;
    this.#checkpoints = Map.groupBy(readable.flatMap(soundVersions), ({ runId }) => runId);
    if (unreadable > 0)
      this.#lost.push(`${unreadable} checkpoint${unreadable === 1 ? "" : "s"} that cannot be read`);
  }

  run(): SalvageReport {
    for (const definition of this.#definitions.values()) this.#storage.saveWorkflow(definition);
    // By age, so that a fork comes after the run that it was forked from.
    const runs = [...this.#damaged.runs()].sort(
      (a, b) => (a.origin?.createdAt ?? 0) - (b.origin?.createdAt ?? 0),
    );
    const salvaged = runs.map((run) => this.#salvageRun(run));
    this.#closeScratch();
    const lostLogs = this.#copyLogs();
    for (const table of this.#damaged.otherTables())
      this.#lost.push(`table ${table}: it belongs to another package and was not copied`);
    return {
      runs: salvaged.map((run) => withLostLogs(run, lostLogs.get(run.runId) ?? 0)),
      lost: this.#lost,
      log: this.#damaged.log,
    };
  }

  #salvageRun(run: ExpectedRun): SalvagedRun {
    const { origin, runNumber, state } = run;
    const lastSeen = this.#damaged.lastSeen(run);
    const runId = run.runId ?? `number ${runNumber ?? 0}`;
    const nothing = { runId, keptEntries: 0, lastSeen, keptCheckpoints: 0 };
    const owner = this.#livingOwner(run);
    if (owner !== undefined)
      return {
        ...nothing,
        owner: { host: owner.host, pid: owner.pid },
        lost: [
          `everything: process ${owner.pid} on ${owner.host} works on it, so it was not copied`,
        ],
      };
    if (state?.errorCode === HALF_REMOVED)
      return { ...nothing, lost: ["everything: it was being removed"] };
    if (origin === undefined || runNumber === undefined)
      return { ...nothing, lost: [whyUnproven(this.#damaged, run)] };
    if (run.isOld) return { ...nothing, lost: [whyUnproven(this.#damaged, run)] };
    if (!this.#definitions.has(origin.definitionHash))
      return { ...nothing, lost: ["everything: its definition is lost"] };
    if (origin.parentRunId !== undefined && !this.#keptRuns.has(origin.parentRunId)) {
      return {
        ...nothing,
        lost: [`everything: run ${origin.parentRunId}, ${relationOf(origin)}, is lost`],
      };
    }
    const { entries, problem } = this.#damaged.journal(runNumber, origin);
    const { kept, row } = this.#fold(origin, this.#sound(run, runId, entries, problem));
    if (kept.entries.length === 0)
      return {
        ...nothing,
        lost: kept.lost.length > 0 ? kept.lost : ["everything: its journal is empty"],
      };
    if (state?.backend === undefined) this.#storage.commit(commitOf(origin, kept, row));
    else this.#storage.replicate(copyOf(state.backend, commitOf(origin, kept, row)));
    const { status } = row;
    this.#keptRuns.add(runId);
    return {
      runId,
      status,
      keptEntries: kept.entries.length,
      lastSeen,
      keptCheckpoints: kept.checkpoints.length,
      lost: [...kept.lost, ...this.#doubts(run, runId, kept, status)],
    };
  }

  #livingOwner({ runId = "", state }: ExpectedRun): RunOwner | undefined {
    const owner = state?.owner;
    if (owner === undefined || state === undefined) return undefined;
    const { leaseUntil } = state;
    const ownedAs = ownerState({ runId, owner, leaseUntil }, this.#now);
    // A suspended process continues its runs, although their leases have expired.
    const isSuspended = ownedAs === "expired" && isOwnerDead(owner) === false;
    return ownedAs === "alive" || ownedAs === "elsewhere" || isSuspended ? owner : undefined;
  }

  #doubts(run: ExpectedRun, runId: string, kept: Kept, status: RunStatus): string[] {
    const doubts: string[] = [];
    const isEndLost = kept.lost.some((what) => what.startsWith("entries "));
    const doubt = isEndLost
      ? undefined
      : doubtAbout(this.#damaged, run, kept.entries.length, status);
    if (doubt !== undefined) doubts.push(doubt);
    const openCount = status === "running" ? this.#damaged.countOpenCommands(runId) : 0;
    if (openCount > 0)
      doubts.push(`${openCount} command${openCount === 1 ? "" : "s"} without an answer`);
    return doubts;
  }

  // Returns the data that is intact according to the hashes. The journal ends before an entry whose
  // result or definition is lost, and a checkpoint is lost if the one that it builds on is lost.
  #sound(
    run: ExpectedRun,
    runId: string,
    entries: readonly JournalEntry[],
    problem: string | undefined,
  ): Kept {
    const artifacts: StoredArtifact[] = [];
    let [end, why] = [entries.length, problem];
    for (const entry of entries) {
      const found = referencedArtifacts(entry).map((sha256) => ({
        sha256,
        content: this.#artifact(sha256),
      }));
      if (found.some(({ content }) => content === undefined)) {
        [end, why] = [entry.seq - 1, `the result that entry ${entry.seq} refers to is lost`];
        break;
      }
      const hash = laterDefinition(entry);
      if (hash !== undefined && !this.#definitions.has(hash)) {
        [end, why] = [entry.seq - 1, `the definition that entry ${entry.seq} names is lost`];
        break;
      }
      artifacts.push(...(found as StoredArtifact[]));
    }
    const own = this.#checkpoints.get(runId) ?? [];
    const checkpoints = soundCheckpoints(own, end);
    const lost =
      end < entries.length
        ? [`entries ${end + 1} to ${this.#damaged.lastSeen(run)}: ${why}`]
        : lossesAfter(this.#damaged, run, end, why);
    lost.push(...this.#lostCheckpoints(runId, own, checkpoints, entries.slice(0, end)));
    const processes = this.#processes(runId);
    return { entries: entries.slice(0, end), checkpoints, artifacts, processes, lost };
  }

  // A checkpoint that the journal mentions may have been removed since; one that the index lists
  // has not.
  #lostCheckpoints(
    runId: string,
    own: readonly StoredCheckpoint[],
    kept: readonly StoredCheckpoint[],
    entries: readonly JournalEntry[],
  ): string[] {
    const unread = [...this.#damaged.listedCheckpoints(runId)];
    for (const { seq } of own) {
      const at = unread.indexOf(seq);
      if (at >= 0) unread.splice(at, 1);
    }
    const total = own.length + unread.length;
    if (kept.length < total) return [`${total - kept.length} of ${total} checkpoints`];
    const created = entries.filter(({ type }) => type === "checkpoint_created").length;
    return created > kept.length && this.#damaged.mayHideCheckpoints()
      ? ["checkpoints, if there were more: a page that may contain them cannot be read"]
      : [];
  }

  // The new database takes the place of the old one, so the engine that resumes a run from it ends
  // the processes that a dead engine started.
  #processes(runId: string): AgentProcess[] {
    const identity = this.#damaged.identity();
    const { databaseId } = this.#storage;
    return this.#damaged
      .processes(runId)
      .map((one) =>
        identity !== undefined && one.databaseId === identity ? { ...one, databaseId } : one,
      );
  }

  #artifact(sha256: string): string | undefined {
    for (const content of this.#damaged.artifacts(sha256))
      if (createHash("sha256").update(content).digest("hex") === sha256) return content;
    return undefined;
  }

  // The core makes the final decision: the journal also ends before an entry that the core refuses,
  // and before one that restores a lost checkpoint.
  #fold(origin: SalvagedOrigin, kept: Kept): { readonly kept: Kept; readonly row: RunRow } {
    const scratch = this.#scratch(origin, kept);
    // A fork begins with the state of a run that has been salvaged before.
    const storage =
      origin.parentRunId === undefined ? scratch : withFallback(scratch, this.#storage);
    const reader = RunReader.openJournal(storage, origin.runId);
    try {
      for (const _ of reader.advance());
      return { kept, row: rowOf(reader) };
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      const end = Math.min(reader.seq, kept.entries.length - 1);
      const rest = soundCheckpoints(kept.checkpoints, end);
      this.#closeScratch();
      return this.#fold(origin, {
        ...kept,
        entries: kept.entries.slice(0, end),
        checkpoints: rest,
        lost: [...kept.lost, `entries from ${end + 1}: ${error.message}`],
      });
    }
  }

  // A database in memory that contains this run. To create one takes longer than to read a run, so
  // several runs share it.
  #scratch(origin: SalvagedOrigin, kept: Kept): StoragePort {
    if (this.#scratchRuns === SCRATCH_RUNS) this.#closeScratch();
    this.#scratchStorage ??= openSqliteStorage({ path: IN_MEMORY });
    this.#scratchRuns += 1;
    this.#scratchStorage.saveWorkflow(this.#definitionOf(origin.definitionHash));
    for (const hash of kept.entries.flatMap((entry) => laterDefinition(entry) ?? []))
      this.#scratchStorage.saveWorkflow(this.#definitionOf(hash));
    const { parentRunId: _, parentStepId: __, ...own } = origin;
    this.#scratchStorage.commit(commitOf(own, kept));
    return this.#scratchStorage;
  }

  #closeScratch(): void {
    this.#scratchStorage?.close();
    this.#scratchStorage = undefined;
    this.#scratchRuns = 0;
  }

  #definitionOf(hash: string): StoredDefinition {
    const definition = this.#definitions.get(hash);
    if (definition === undefined)
      throw new WorkflowError("internal", `The definition ${hash} is lost.`);
    return definition;
  }

  #readDefinitions(): Map<string, StoredDefinition> {
    const definitions = new Map<string, StoredDefinition>();
    for (const { definition, isSound } of this.#damaged.definitions()) {
      const whole = isSound ? (definition as StoredDefinition) : recreateDefinition(definition);
      if (whole === undefined)
        this.#lost.push(`the definition of workflow ${String(definition.workflowId)}`);
      else definitions.set(whole.hash, whole);
      if (whole !== undefined && !isSound && whole.source !== definition.source)
        this.#lost.push(
          `the text of workflow ${whole.workflowId}: it was recreated from its definition`,
        );
    }
    return definitions;
  }

  // Returns how many chunks of each run are lost.
  #copyLogs(): Map<string, number> {
    let batch: LogChunk[] = [];
    const write = (): void => {
      this.#storage.commit({ newRuns: [], artifacts: [], runs: [], logs: batch });
      batch = [];
    };
    const copied = new Map<string, number>();
    let unreadable = 0;
    for (const chunk of this.#damaged.logs()) {
      if (chunk === undefined) unreadable += 1;
      if (chunk === undefined || !this.#keptRuns.has(chunk.runId)) continue;
      copied.set(chunk.runId, (copied.get(chunk.runId) ?? 0) + 1);
      if (batch.push(chunk) >= LOG_BATCH) write();
    }
    write();
    const lost = new Map<string, number>();
    for (const runId of this.#keptRuns) {
      const count = this.#damaged.countListedLogs(runId) - (copied.get(runId) ?? 0);
      if (count > 0) lost.set(runId, count);
    }
    // If the index that lists them is damaged too, the run that they belong to is unknown.
    const unknown = unreadable - [...lost.values()].reduce((sum, count) => sum + count, 0);
    if (unknown > 0) this.#lost.push(`${chunksOf(unknown)} of agents that cannot be read`);
    return lost;
  }
}

function withLostLogs(run: SalvagedRun, count: number): SalvagedRun {
  return count === 0 ? run : { ...run, lost: [...run.lost, `${chunksOf(count)} of its agents`] };
}

function chunksOf(count: number): string {
  return `${count} ${count === 1 ? "piece" : "pieces"} of the output`;
}

// The part of a run's row that follows from its journal.
function rowOf({ machine, at }: RunReader): RunRow {
  const state = Machine.state(machine);
  const context = Machine.context(machine);
  const [error, errorCode] = [Context.error(context), Context.errorCode(context)];
  return {
    state,
    status: statusOf(state),
    updatedAt: at,
    release: true,
    used: usedBy(machine),
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    ...(State.isTerminal(state) && { finishedAt: at }),
  };
}

/** How a run depends on its parent, as a clause about the parent. */
function relationOf({ parentStepId }: SalvagedOrigin): string {
  return parentStepId === undefined
    ? "from which it was forked"
    : `whose step ${parentStepId} started it`;
}
