import type { RunStatus } from "@automatosx/schemas";
import { WorkflowError } from "../../errors.js";
import type {
  CheckpointSummary,
  Commit,
  JournalEntry,
  LeaseAnswer,
  LogChunk,
  RunCommand,
  RunFilter,
  StepAttemptRow,
  StoragePort,
  StoredCheckpoint,
  StoredDefinition,
  StoredRun,
} from "../StoragePort.js";
import { ArtifactDAO } from "./ArtifactDAO.js";
import { CheckpointDAO } from "./CheckpointDAO.js";
import { checkSchema } from "./check-schema.js";
import { guard } from "./database-error.js";
import { InboxDAO } from "./InboxDAO.js";
import { damagedLog, inspectLog, isDamaged, type LogTail } from "./inspect-log.js";
import { JournalDAO } from "./JournalDAO.js";
import { LeaseDAO } from "./LeaseDAO.js";
import { LogDAO } from "./LogDAO.js";
import { isUpToDate, migrate } from "./migrate.js";
import { type Database, type OpenOptions, openDatabase, peekDatabase, restrictFiles } from "./open-database.js";
import { WorkflowDAO } from "./WorkflowDAO.js";

/** How many problems of its pages are named. */
const MOST_PROBLEMS = 20;

/** Opens the database and brings it to this version. Read-only, it changes nothing. `database_*`. */
export function openSqliteStorage(options: OpenOptions): SqliteStorage {
  const { path, readOnly = false } = options;
  const log = guard(path, () => lookAtLog(options));
  if (!readOnly) refuseNewer(options);
  const database = openDatabase(options);
  try {
    return guard(path, () => {
      if (!readOnly && log.torn > 0) beginLogAnew(database);
      if (readOnly) mustBeUpToDate(database, path);
      else bringUpToDate(database, path);
      checkSchema(database, path);
      return new SqliteStorage(database, path);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

// Before SQLite opens the file, which would take what it cannot read for the end of the log and write over it.
function lookAtLog({ path, durability }: OpenOptions): LogTail {
  const log = inspectLog(path);
  if (isDamaged(log) && durability !== "process") throw damagedLog(path, log);
  return log;
}

// What a power cut left behind the end must not be found there again after another one. Whoever else has the file open
// has come to terms with it, and is not waited for.
function beginLogAnew(database: Database): void {
  const patience = Number(database.pragma("busy_timeout", { simple: true }));
  database.pragma("busy_timeout = 0");
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.pragma(`busy_timeout = ${patience}`);
}

// To open a file for writing changes it, even if only its log; a newer version's is to stay as it is.
function refuseNewer(options: OpenOptions): void {
  let seen: Database | undefined;
  try {
    seen = peekDatabase(options);
    if (seen !== undefined) isUpToDate(seen);
  } catch (error) {
    // What cannot be read without being changed (a log that has to be recovered) is looked at again once it is open.
    if (error instanceof WorkflowError) throw error;
  } finally {
    seen?.close();
  }
}

function bringUpToDate(database: Database, path: string): void {
  // Our tables hold what may be secret: a file that others may read is closed to them when the tables come into it.
  if (migrate(database, Date.now())) restrictFiles(path);
}

function mustBeUpToDate(database: Database, path: string): void {
  if (isUpToDate(database)) return;
  throw new WorkflowError("database_unusable", `The database ${path} has no tables of this version yet.`, {
    remedy: "Run a workflow with it first, which brings them; to look on changes nothing.",
  });
}

/** Runs in one SQLite file. Every write is a transaction begun as a writer, so that none fails half-way for being late. */
export class SqliteStorage implements StoragePort {
  readonly #database: Database;
  readonly #path: string;
  readonly #workflows: WorkflowDAO;
  readonly #journal: JournalDAO;
  readonly #artifacts: ArtifactDAO;
  readonly #checkpoints: CheckpointDAO;
  readonly #leases: LeaseDAO;
  readonly #inbox: InboxDAO;
  readonly #logs: LogDAO;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #dataVersion;

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.#workflows = new WorkflowDAO(database);
    this.#journal = new JournalDAO(database);
    this.#artifacts = new ArtifactDAO(database);
    this.#checkpoints = new CheckpointDAO(database);
    this.#leases = new LeaseDAO(database);
    this.#inbox = new InboxDAO(database);
    this.#logs = new LogDAO(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#dataVersion = database.prepare<[], number>("PRAGMA data_version").pluck();
  }

  // --- definitions

  saveDefinition(definition: StoredDefinition): void {
    this.#write(() => this.#workflows.saveWorkflow(definition));
  }

  getDefinition(hash: string): StoredDefinition | undefined {
    return this.#read(() => this.#workflows.getWorkflow(hash));
  }

  listDefinitions(): readonly StoredDefinition[] {
    return this.#read(() => this.#workflows.listWorkflows());
  }

  // --- the journal

  commit(commit: Commit): void {
    try {
      this.#write(() => this.#apply(commit));
    } catch (error) {
      for (const { runId } of [...commit.newRuns, ...commit.runs]) this.#journal.forgetHead(runId);
      this.#logs.forgetLengths();
      throw error;
    }
  }

  #apply({ newRuns, artifacts, runs, logs }: Commit): void {
    for (const run of newRuns) this.#journal.begin(run.runId, this.#workflows.insertRun(run));
    for (const artifact of artifacts) this.#artifacts.insert(artifact);
    for (const { runId, leaseEpoch, entries, checkpoints, run } of runs) {
      this.#leases.check(runId, leaseEpoch);
      const seq = this.#journal.append(runId, leaseEpoch, entries);
      for (const checkpoint of checkpoints) this.#checkpoints.insert(checkpoint);
      const last = entries.at(-1);
      if (run !== undefined) this.#workflows.updateRun(runId, run, seq);
      else if (last !== undefined) this.#workflows.advanceRun(runId, seq, last.at);
      if (run?.release === true) this.#journal.forgetHead(runId);
    }
    for (const chunk of logs) this.#logs.append(chunk);
  }

  readJournal(runId: string, afterSeq = 0): Iterable<JournalEntry> {
    const entries = this.#journal.read(runId, afterSeq);
    const next = (): IteratorResult<JournalEntry, void> => this.#read(() => entries.next());
    return { [Symbol.iterator]: () => ({ next }) };
  }

  getArtifact(sha256: string): string | undefined {
    return this.#read(() => this.#artifacts.get(sha256));
  }

  // --- runs

  getRun(runId: string): StoredRun | undefined {
    return this.#read(() => this.#workflows.getRun(runId));
  }

  findRuns(part: string): readonly StoredRun[] {
    return this.#read(() => this.#workflows.findRuns(part));
  }

  listRuns(filter?: RunFilter): readonly StoredRun[] {
    return this.#read(() => this.#workflows.listRuns(filter));
  }

  listAttempts(runId: string, stepId?: string): readonly StepAttemptRow[] {
    return this.#read(() => this.#workflows.getStepAttempts(runId, stepId));
  }

  countRuns(): Readonly<Record<RunStatus, number>> {
    return this.#read(() => this.#workflows.countRuns());
  }

  // --- checkpoints

  getCheckpoint(checkpointId: string): StoredCheckpoint | undefined {
    return this.#read(() => this.#checkpoints.get(checkpointId));
  }

  listCheckpoints(runId: string): readonly CheckpointSummary[] {
    return this.#read(() => this.#checkpoints.list(runId));
  }

  pruneCheckpoints(runId: string, keep: number): number {
    return this.#write(() => this.#checkpoints.prune(runId, keep));
  }

  // --- leases

  acquireLease(request: Parameters<StoragePort["acquireLease"]>[0]): LeaseAnswer {
    return this.#write(() => this.#leases.acquire(request));
  }

  renewLeases(ownerId: string, leaseUntil: number): void {
    this.#write(() => this.#leases.renew(ownerId, leaseUntil));
  }

  releaseLease(runId: string, leaseEpoch: number): void {
    this.#journal.forgetHead(runId);
    this.#write(() => this.#leases.release(runId, leaseEpoch));
  }

  // --- commands from other processes

  sendCommand(command: Omit<RunCommand, "commandId">): number {
    return this.#write(() => this.#inbox.send(command));
  }

  pendingCommands(ownerId: string): readonly RunCommand[] {
    return this.#read(() => this.#inbox.pending(ownerId));
  }

  answerCommand(commandId: number, answer: string, at: number): void {
    this.#write(() => this.#inbox.answer(commandId, answer, at));
  }

  commandAnswer(commandId: number): string | undefined {
    return this.#read(() => this.#inbox.answerOf(commandId));
  }

  changeCounter(): number {
    return this.#read(() => this.#dataVersion.get() ?? 0);
  }

  // --- logs of agents

  readLogs(runId: string, stepId?: string, afterId = 0): readonly (LogChunk & { readonly id: number })[] {
    return this.#read(() => this.#logs.read(runId, stepId, afterId));
  }

  /** What the file is run with, for `axw doctor`. */
  describe(): { readonly sqliteVersion: string; readonly journalMode: string; readonly synchronous: string } {
    const pragma = (name: string): string => String(this.#database.pragma(name, { simple: true }));
    const sqliteVersion = this.#database.prepare<[], string>("SELECT sqlite_version()").pluck().get() ?? "";
    return {
      sqliteVersion,
      journalMode: pragma("journal_mode"),
      synchronous: ["off", "normal", "full", "extra"][Number(pragma("synchronous"))] ?? "unknown",
    };
  }

  /** What SQLite finds wrong with the pages and indexes of the file; empty when nothing. Reads all of it. */
  checkPages(): readonly string[] {
    const found = this.#read(() => this.#database.pragma(`integrity_check(${MOST_PROBLEMS})`) as { integrity_check: string }[]);
    return found.map(({ integrity_check: line }) => line).filter((line) => line !== "ok");
  }

  close(): void {
    this.#database.close();
  }

  #read<T>(action: () => T): T {
    return guard(this.#path, action);
  }

  #write<T>(action: () => T): T {
    return guard(this.#path, () => {
      this.#begin.run();
      try {
        const value = action();
        this.#commit.run();
        return value;
      } catch (error) {
        // SQLite has rolled back by itself after some errors, a full disk among them.
        if (this.#database.inTransaction) this.#rollback.run();
        throw error;
      }
    });
  }
}
