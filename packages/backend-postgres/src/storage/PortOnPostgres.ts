import type { JournalEntry, RunStatus } from "@automatosx/schemas";
import { WorkflowError } from "@automatosx/workflow/errors";
import type {
  AgentProcess,
  AsyncStorage,
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
} from "@automatosx/workflow/storage";
import { AsyncCalls } from "./AsyncCalls.js";
import type { Bridge } from "./connection/Bridge.js";
import { type ChangeListener, Changes } from "./connection/Changes.js";
import type { Server } from "./connection/connect.js";
import type { Sql } from "./connection/Statement.js";
import { toCommand } from "./rows/InboxRows.js";
import { listAttempts } from "./rows/list-attempts.js";
import { readJournal } from "./rows/read-journal.js";
import { replicate } from "./rows/replicate.js";
import { StorageRows } from "./rows/StorageRows.js";

/** Runs in a PostgreSQL database. */
export interface PostgresStorage extends StoragePort {
  /** The calls of a running engine, which do not block. */
  readonly asynchronous: AsyncStorage;
  /** Always 0: leases expire by the clock of the database. */
  readonly leaseGraceMs: number;
  /**
   * Calls `listener` after each commit of another connection; returns how to end it.
   * `mayBeClaimable` is false if the commit has left no run to claim.
   */
  onChange(listener: (mayBeClaimable?: boolean) => void): () => void;
}

/** What a `PortOnPostgres` is made of. */
export interface PostgresParts {
  readonly server: Server;
  readonly bridge: Bridge;
  readonly databaseId: string;
  readonly now: () => number;
  /** How long a call of `asynchronous` waits for the server, in ms. */
  readonly answerMs: number;
}

/**
 * How many times longer than usual a call waits that may take the server a while, and that no run
 * waits for.
 */
const PATIENT = 2.5;

/**
 * Stores runs in a PostgreSQL database. A running engine uses `asynchronous`; the methods of the
 * port block the thread for a limited time, and throw `database_busy` while the server does not
 * answer.
 */
export class PortOnPostgres implements PostgresStorage {
  readonly databaseId: string;
  readonly leaseGraceMs = 0;
  readonly notices: NoticeStorage;
  readonly asynchronous: AsyncStorage;
  readonly #bridge: Bridge;
  readonly #name: string;
  readonly #rows: StorageRows;
  readonly #patient: StorageRows;
  readonly #changes: Changes;
  readonly #calls: AsyncCalls;
  #isClosed = false;

  /** Use `openPostgresStorage`. */
  constructor({ server, bridge, databaseId, now, answerMs }: PostgresParts) {
    this.databaseId = databaseId;
    this.#bridge = bridge;
    this.#name = server.name;
    const writerId = crypto.randomUUID();
    this.#changes = new Changes(server, writerId);
    this.#calls = new AsyncCalls({ server, writerId, now, answerMs });
    this.#rows = new StorageRows((text, values) => this.#ask(text, values, 1), writerId, now);
    this.#patient = new StorageRows(
      (text, values) => this.#ask(text, values, PATIENT),
      writerId,
      now,
    );
    this.notices = this.#rows.notices;
    this.asynchronous = this.#calls;
  }

  // --- definitions

  saveWorkflow(definition: StoredDefinition): void {
    this.commit({ definitions: [definition], newRuns: [], artifacts: [], runs: [], logs: [] });
  }

  getWorkflow(hash: string): StoredDefinition | undefined {
    return this.#rows.runs.definition(hash);
  }

  listWorkflows(): readonly StoredDefinition[] {
    return this.#rows.runs.definitions();
  }

  // --- the journal

  commit(commit: Commit): void {
    this.#calls.commitWith(commit, this.#sql);
  }

  replicate(part: ReplicaPart): ReplicaEnd {
    return replicate(part, this.#rows, (text, values) => this.#ask(text, values, PATIENT));
  }

  readJournal(runId: string, afterSeq = 0): Iterable<JournalEntry> {
    return readJournal(this.#sql, runId, afterSeq);
  }

  getArtifact(sha256: string): string | undefined {
    return this.#rows.artifacts.get(sha256);
  }

  cachedResult(key: string): CachedResult | undefined {
    return this.#rows.telemetry.cachedResult(key);
  }

  // --- runs

  getRun(runId: string): StoredRun | undefined {
    return this.#rows.runs.get(runId);
  }

  findRuns(part: string): readonly StoredRun[] {
    return this.#rows.runs.find(part);
  }

  listRuns(filter?: RunFilter): readonly StoredRun[] {
    return this.#rows.runs.list(filter);
  }

  listChildRuns(parentRunId: string): readonly StoredRun[] {
    return this.#rows.runs.children(parentRunId);
  }

  hasGoneBack(runId: string): boolean {
    return this.#rows.runs.hasGoneBack(runId);
  }

  pageRuns(search: RunSearch, limit: number, after?: RunPosition): RunPage {
    return this.#patient.pages.page(search, limit, after);
  }

  tallyRuns(search: RunSearch): RunTally {
    return this.#patient.pages.tally(search);
  }

  listAttempts(runId: string, stepId?: string): readonly StepAttemptRow[] {
    return listAttempts(this.#sql, runId, stepId);
  }

  countRuns(): Readonly<Record<RunStatus, number>> {
    return this.#rows.runs.count();
  }

  countChildRuns(): Readonly<Record<RunStatus, number>> {
    return this.#rows.runs.countChildren();
  }

  // --- checkpoints

  getCheckpoint(checkpointId: string): StoredCheckpoint | undefined {
    return this.#rows.checkpoints.get(checkpointId);
  }

  listCheckpoints(runId: string): readonly CheckpointSummary[] {
    return this.#rows.checkpoints.list(runId);
  }

  /** The same as `listCheckpoints`: PostgreSQL checks its own indices. */
  scanCheckpoints(runId: string): readonly CheckpointSummary[] {
    return this.#rows.checkpoints.list(runId);
  }

  referencedCheckpoints(runId: string): readonly string[] {
    return this.#rows.checkpoints.referenced(runId);
  }

  rewriteCheckpoints(change: CheckpointRewrite): boolean {
    return this.#patient.checkpoints.rewrite(change);
  }

  runsWithCheckpoints(moreThan: number): readonly string[] {
    return this.#patient.checkpoints.runsWithMoreThan(moreThan);
  }

  // --- leases

  acquireLease(request: Parameters<StoragePort["acquireLease"]>[0]): LeaseResult {
    this.#calls.forget(request.runId);
    return this.#rows.leases.acquire(request);
  }

  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void {
    this.#rows.leases.recordFailedRecovery(runId, failedRecoveries, error);
  }

  withdrawFailedRecovery(runId: string, leaseEpoch: number): void {
    this.#rows.leases.withdrawFailedRecovery(runId, leaseEpoch);
  }

  renewLeases(ownerId: string, runIds: readonly string[], leaseUntil: number): readonly string[] {
    const { text, values } = this.#rows.leases.renewal(ownerId, runIds, leaseUntil);
    return this.#sql(text, values).map((row) => String(row["run_id"]));
  }

  listClaimable(
    now: number,
    limit: number,
    isDead?: (owner: RunOwner) => boolean,
  ): readonly StoredRun[] {
    return this.#rows.runs.claimable(now, limit, isDead);
  }

  releaseLease(runId: string, leaseEpoch: number): void {
    this.#calls.forget(runId);
    this.#rows.leases.release(runId, leaseEpoch);
  }

  // --- commands from other processes

  sendCommand(command: Omit<RunCommand, "commandId">): number {
    return this.#rows.inbox.send(command);
  }

  pendingCommands(ownerId: string): readonly RunCommand[] {
    const { text, values } = this.#rows.inbox.pending(ownerId);
    return this.#sql(text, values).map(toCommand);
  }

  answerCommand(commandId: number, answer: string, at: number): void {
    const { text, values } = this.#rows.inbox.answer(commandId, answer, at);
    this.#sql(text, values);
  }

  commandAnswer(commandId: number): string | undefined {
    return this.#rows.inbox.answerOf(commandId);
  }

  dataVersion(): number {
    this.#assertOpen();
    return this.#changes.version();
  }

  onChange(listener: ChangeListener): () => void {
    this.#assertOpen();
    return this.#changes.listen(listener);
  }

  // --- processes of agents

  agentProcesses(runId: string): readonly AgentProcess[] {
    return this.#rows.inbox.processes(runId);
  }

  // --- logs of agents

  readLogs(
    runId: string,
    stepId?: string,
    afterId = 0,
    maxLength = Number.POSITIVE_INFINITY,
    attemptNumber?: number,
  ): readonly (LogChunk & { readonly id: number })[] {
    return this.#rows.logs.read(runId, stepId, afterId, maxLength, attemptNumber);
  }

  lastLogs(
    runId: string,
    stepId: string,
    maxChunks: number,
    maxLength: number,
  ): readonly LogChunk[] {
    return this.#rows.logs.last(runId, stepId, maxChunks, maxLength);
  }

  // --- telemetry

  runTotals(): readonly RunTotals[] {
    return this.#patient.telemetry.totals();
  }

  tracePosition(runId: string): TracePosition | undefined {
    return this.#rows.telemetry.tracePosition(runId);
  }

  pendingTraces(limit: number): readonly string[] {
    return this.#rows.telemetry.pendingTraces(limit);
  }

  saveTracePositions(positions: readonly TracePosition[]): void {
    this.#rows.telemetry.saveTracePositions(positions);
  }

  // --- retention

  listEnded(
    after: Pick<EndedRun, "createdAt" | "runId"> | undefined,
    limit: number,
  ): readonly EndedRun[] {
    return this.#patient.retention.ended(after, limit);
  }

  listHalfRemoved(): readonly string[] {
    return this.#patient.retention.halfRemoved();
  }

  listForks(runId: string): readonly string[] {
    return this.#rows.retention.forks(runId);
  }

  measureRun(runId: string): number {
    return this.#patient.retention.measure(runId);
  }

  removeRuns(request: Parameters<StoragePort["removeRuns"]>[0]): readonly RunRemoval[] {
    const removals = this.#patient.retention.remove(request, (runId) => this.getRun(runId));
    for (const { runId } of removals) this.#calls.forget(runId);
    return removals;
  }

  removeUnusedArtifacts(): Iterable<number> {
    return this.#patient.artifacts.removeUnused();
  }

  size(): StorageSize {
    return this.#patient.retention.size();
  }

  /** Always 0: PostgreSQL uses the space of removed rows for new ones by itself. */
  releasePages(): number {
    return 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#changes.close();
    this.#calls.close();
    this.#bridge.close();
  }

  readonly #sql: Sql = (text, values) => this.#ask(text, values, 1);

  #ask(text: string, values: readonly unknown[] | undefined, patience: number) {
    this.#assertOpen();
    return this.#bridge.ask(text, values, patience);
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new WorkflowError("engine_closed", `The database ${this.#name} is closed.`, {
      remedy: "Open the database again.",
    });
  }
}
