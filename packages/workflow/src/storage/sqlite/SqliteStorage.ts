import type { JournalEntry, RunStatus } from "@automatosx/schemas";
import { checkOptions } from "../../checks/check-options.js";
import { path } from "../../checks/option-checks.js";
import type { WorkflowError } from "../../errors.js";
import type {
  AgentProcess,
  CachedResult,
  CheckpointRewrite,
  CheckpointSummary,
  Commit,
  EndedRun,
  LeaseResult,
  LogChunk,
  NoticeStorage,
  ReplicaEnd,
  ReplicaPart,
  RunCommand,
  RunFilter,
  RunOwner,
  RunPage,
  RunPosition,
  RunRemoval,
  RunSearch,
  RunTally,
  RunTotals,
  StepAttemptRow,
  StoragePort,
  StorageSize,
  StoredCheckpoint,
  StoredDefinition,
  StoredRun,
  TracePosition,
} from "../StoragePort.js";
import { applyCommit } from "./apply-commit.js";
import { checkSchema } from "./check-schema.js";
import { guard } from "./database-error.js";
import { databaseIdentity } from "./database-identity.js";
import { IN_MEMORY } from "./database-path.js";
import { describeFile, type FileSettings, findProblems } from "./describe-file.js";
import { OWN_LEDGER, ownMigrations } from "./migrate.js";
import { type OpenFile, watchFile } from "./OpenFile.js";
import { OPEN_CHECKS } from "./open-checks.js";
import type { Database, OpenOptions } from "./open-database.js";
import { openMigrated } from "./open-migrated.js";
import { ReplicaWriter } from "./ReplicaWriter.js";
import { SqliteNotices } from "./SqliteNotices.js";
import { StorageRows } from "./StorageRows.js";
import { releasePages, sizeOf, vacuum } from "./space.js";

/**
 * Opens a workflow database and migrates it to this version. In read-only mode, it changes nothing.
 * Throws `database_*`.
 *
 * @example
 * const storage = openSqliteStorage({ path: ".ax/workflow.db", readOnly: true });
 * const runs = storage.listRuns({ status: "failed", limit: 10 });
 * storage.close();
 */
export function openSqliteStorage(options: OpenOptions): SqliteStorage {
  checkOptions<OpenOptions>("openSqliteStorage", options, OPEN_CHECKS);
  path(options.path, "path");
  const set = { ledger: OWN_LEDGER, migrations: ownMigrations() };
  return openMigrated(options, set, (database, path) => {
    checkSchema(database, path);
    const recheckLogMs = options.durability === "process" ? RECHECK_LOG_MS : 0;
    return new SqliteStorage(database, path, databaseIdentity(database, path), recheckLogMs);
  });
}

/**
 * How long the check of the log before each commit relies on the previous check, in ms, if commits
 * are not synced. A program that changes the log takes longer than this, while a chain of functions
 * commits every 50 microseconds. A commit that is synced takes far longer than the check.
 */
const RECHECK_LOG_MS = 2;

/**
 * Stores runs in one SQLite file. Each write begins its transaction as a writer, so that it cannot
 * fail halfway because another connection wrote first.
 */
export class SqliteStorage implements StoragePort {
  readonly databaseId: string;
  readonly databasePath?: string;
  readonly notices: NoticeStorage;
  readonly #database: Database;
  readonly #path: string;
  /** Absent in memory. */
  readonly #file: OpenFile | undefined;
  readonly #rows: StorageRows;
  #replicaWriter: ReplicaWriter | undefined;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #dataVersion;
  readonly #recheckLogMs: number;

  constructor(database: Database, path: string, databaseId: string, recheckLogMs = 0) {
    this.#recheckLogMs = recheckLogMs;
    this.databaseId = databaseId;
    if (path !== IN_MEMORY) this.databasePath = path;
    this.#database = database;
    this.#path = path;
    this.#file = watchFile(database, path);
    this.#rows = new StorageRows(database);
    this.notices = new SqliteNotices({
      rows: () => this.#rows.notices,
      read: (action) => this.#read(action),
      write: (action) => this.#write(action, "unless-false"),
    });
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#dataVersion = database.prepare<[], number>("PRAGMA data_version").pluck();
  }

  // --- definitions

  saveWorkflow(definition: StoredDefinition): void {
    this.#write(() => this.#rows.workflows.saveWorkflow(definition));
  }

  getWorkflow(hash: string): StoredDefinition | undefined {
    return this.#read(() => this.#rows.workflows.getWorkflow(hash));
  }

  listWorkflows(): readonly StoredDefinition[] {
    return this.#read(() => this.#rows.workflows.listWorkflows());
  }

  // --- the journal

  commit(commit: Commit): void {
    try {
      this.#write(() => applyCommit(this.#rows, commit));
    } catch (error) {
      for (const { runId } of [...commit.newRuns, ...commit.runs])
        this.#rows.journal.forgetHead(runId);
      this.#rows.logs.forgetLengths();
      throw error;
    }
  }

  replicate(part: ReplicaPart): ReplicaEnd {
    try {
      return this.#write(() => this.#replicas.add(part));
    } finally {
      this.#rows.logs.forgetRun(part.runId);
    }
  }

  readJournal(runId: string, afterSeq = 0): Iterable<JournalEntry> {
    const pages = this.#rows.journal.read(runId, afterSeq);
    let page: readonly JournalEntry[] = [];
    let at = 0;
    const next = (): IteratorResult<JournalEntry, void> => {
      const value = page[at];
      at += 1;
      if (value !== undefined) return { done: false, value };
      const following = this.#read(() => pages.next());
      if (following.done === true) return following;
      page = following.value;
      at = 0;
      return next();
    };
    return { [Symbol.iterator]: () => ({ next }) };
  }

  getArtifact(sha256: string): string | undefined {
    return this.#read(() => this.#rows.artifacts.get(sha256));
  }

  cachedResult(key: string): CachedResult | undefined {
    return this.#read(() => this.#rows.cache.get(key));
  }

  // --- runs

  getRun(runId: string): StoredRun | undefined {
    return this.#read(() => this.#rows.workflows.getRun(runId));
  }

  findRuns(part: string): readonly StoredRun[] {
    return this.#read(() => this.#rows.workflows.findRuns(part));
  }

  listChildRuns(parentRunId: string): readonly StoredRun[] {
    return this.#read(() => this.#rows.workflows.listChildRuns(parentRunId));
  }

  listRuns(filter?: RunFilter): readonly StoredRun[] {
    return this.#read(() => this.#rows.workflows.listRuns(filter));
  }

  hasGoneBack(runId: string): boolean {
    return this.#read(() => this.#rows.runChanges.exists(runId));
  }

  pageRuns(search: RunSearch, limit: number, after?: RunPosition): RunPage {
    return this.#read(() => this.#rows.runPages.page(search, limit, after));
  }

  tallyRuns(search: RunSearch): RunTally {
    return this.#read(() => this.#rows.runPages.tally(search));
  }

  listAttempts(runId: string, stepId?: string): readonly StepAttemptRow[] {
    return this.#read(() => this.#rows.workflows.getStepAttempts(runId, stepId));
  }

  countRuns(): Readonly<Record<RunStatus, number>> {
    return this.#read(() => this.#rows.workflows.countRuns());
  }

  countChildRuns(): Readonly<Record<RunStatus, number>> {
    return this.#read(() => this.#rows.workflows.countChildRuns());
  }

  // --- checkpoints

  getCheckpoint(checkpointId: string): StoredCheckpoint | undefined {
    return this.#read(() => this.#rows.checkpoints.get(checkpointId));
  }

  listCheckpoints(runId: string): readonly CheckpointSummary[] {
    return this.#read(() => this.#rows.checkpoints.list(runId));
  }

  scanCheckpoints(runId: string): readonly CheckpointSummary[] {
    return this.#read(() => this.#rows.checkpoints.scan(runId));
  }

  referencedCheckpoints(runId: string): readonly string[] {
    return this.#read(() => this.#rows.checkpoints.referenced(runId));
  }

  rewriteCheckpoints(change: CheckpointRewrite): boolean {
    return this.#write(() => this.#rows.checkpoints.rewrite(change), "unless-false");
  }

  runsWithCheckpoints(moreThan: number): readonly string[] {
    return this.#read(() => this.#rows.checkpoints.runsWithMoreThan(moreThan));
  }

  // --- leases

  acquireLease(request: Parameters<StoragePort["acquireLease"]>[0]): LeaseResult {
    return this.#write(() => {
      const answer = this.#rows.leases.acquire(request);
      if (answer.held) this.#rows.inbox.withdraw(request.runId, request.now);
      return answer;
    });
  }

  renewLeases(ownerId: string, runIds: readonly string[], leaseUntil: number): readonly string[] {
    return this.#write(() => this.#rows.leases.renew(ownerId, runIds, leaseUntil));
  }

  listClaimable(
    now: number,
    limit: number,
    isDead: (owner: RunOwner) => boolean = () => false,
  ): readonly StoredRun[] {
    return this.#read(() => this.#rows.claimable.list(now, limit, isDead));
  }

  releaseLease(runId: string, leaseEpoch: number): void {
    this.#rows.journal.forgetHead(runId);
    this.#write(() => this.#rows.leases.release(runId, leaseEpoch));
  }

  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void {
    this.#write(() => this.#rows.leases.recordFailedRecovery(runId, failedRecoveries, error));
  }

  withdrawFailedRecovery(runId: string, leaseEpoch: number): void {
    this.#write(() => this.#rows.leases.withdrawFailedRecovery(runId, leaseEpoch));
  }

  // --- processes of agents

  agentProcesses(runId: string): readonly AgentProcess[] {
    return this.#read(() => this.#rows.processes.ofRun(runId));
  }

  // --- commands from other processes

  sendCommand(command: Omit<RunCommand, "commandId">): number {
    return this.#write(() => this.#rows.inbox.send(command));
  }

  pendingCommands(ownerId: string): readonly RunCommand[] {
    return this.#read(() => this.#rows.inbox.pending(ownerId));
  }

  answerCommand(commandId: number, answer: string, at: number): void {
    this.#write(() => this.#rows.inbox.answer(commandId, answer, at));
  }

  commandAnswer(commandId: number): string | undefined {
    return this.#read(() => this.#rows.inbox.answerOf(commandId));
  }

  dataVersion(): number {
    return this.#read(() => this.#dataVersion.get() ?? 0);
  }

  // --- logs of agents

  readLogs(
    runId: string,
    stepId?: string,
    afterId = 0,
    maxLength = Number.POSITIVE_INFINITY,
    attemptNumber?: number,
  ): readonly (LogChunk & { readonly id: number })[] {
    return this.#read(() => this.#rows.logs.read(runId, stepId, afterId, maxLength, attemptNumber));
  }

  lastLogs(
    runId: string,
    stepId: string,
    maxChunks: number,
    maxLength: number,
  ): readonly LogChunk[] {
    return this.#read(() => this.#rows.logs.last(runId, stepId, maxChunks, maxLength));
  }

  // --- telemetry

  runTotals(): readonly RunTotals[] {
    return this.#read(() => this.#rows.totals.read());
  }

  tracePosition(runId: string): TracePosition | undefined {
    return this.#read(() => this.#rows.traces.get(runId));
  }

  pendingTraces(limit: number): readonly string[] {
    return this.#read(() => this.#rows.traces.pending(limit));
  }

  saveTracePositions(positions: readonly TracePosition[]): void {
    this.#write(() => positions.forEach((position) => this.#rows.traces.save(position)));
  }

  // --- retention

  listEnded(
    after: Pick<EndedRun, "createdAt" | "runId"> | undefined,
    limit: number,
  ): readonly EndedRun[] {
    return this.#read(() => this.#rows.retention.ended(after, limit));
  }

  listHalfRemoved(): readonly string[] {
    return this.#read(() => this.#rows.retention.halfRemoved());
  }

  listForks(runId: string): readonly string[] {
    return this.#read(() => this.#rows.removal.forks(runId));
  }

  measureRun(runId: string): number {
    return this.#read(() => this.#rows.retention.measure(runId));
  }

  removeRuns({ runIds, isHeld }: Parameters<StoragePort["removeRuns"]>[0]): readonly RunRemoval[] {
    const removals = this.#write(() =>
      this.#rows.removal.remove(runIds, (runId) => this.#rows.workflows.getRun(runId), isHeld),
    );
    for (const { runId } of removals) this.#rows.journal.forgetHead(runId);
    return removals;
  }

  removeUnusedArtifacts(): Iterable<number> {
    const slices = this.#rows.artifacts.removeUnused((action) => this.#write(action));
    const next = (): IteratorResult<number, void> => this.#read(() => slices.next());
    return { [Symbol.iterator]: () => ({ next }) };
  }

  lost(scope: "file" | "all" = "all"): WorkflowError | undefined {
    return this.#file?.lost(scope);
  }

  size(): StorageSize {
    return this.#read(() => sizeOf(this.#database));
  }

  releasePages(most: number): number {
    return this.#read(() => releasePages(this.#database, most));
  }

  /**
   * Rewrites the file without its free pages. During this time other processes cannot write, and
   * the folder needs space for a second copy.
   */
  vacuum(): void {
    this.#read(() => vacuum(this.#database, this.#path));
  }

  /** The SQLite settings of the file, for display. */
  describe(): FileSettings {
    return describeFile(this.#database, this.#path);
  }

  /** The problems that SQLite finds in pages and indices, 20 at most. Reads the whole file. */
  checkPages(): readonly string[] {
    return this.#read(() => findProblems(this.#database));
  }

  close(): void {
    this.#database.close();
  }

  get #replicas(): ReplicaWriter {
    this.#replicaWriter ??= new ReplicaWriter(this.#database, this.#rows);
    return this.#replicaWriter;
  }

  #read<T>(action: () => T): T {
    return guard(this.#path, action);
  }

  #write<T>(action: () => T, keep: "always" | "unless-false" = "always"): T {
    return guard(this.#path, () => {
      const lost = this.#file?.lostLog(this.#recheckLogMs);
      if (lost !== undefined) throw lost;
      this.#begin.run();
      try {
        const value = action();
        if (keep === "unless-false" && value === false) this.#rollback.run();
        else this.#commit.run();
        return value;
      } catch (error) {
        // After some errors, such as a full disk, SQLite has already rolled back.
        if (this.#database.inTransaction) this.#rollback.run();
        throw error;
      }
    });
  }
}
