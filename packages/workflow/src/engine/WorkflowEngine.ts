import { randomUUID } from "node:crypto";
import { AgentDirectory } from "../agents/AgentDirectory.js";
import type { RunCommand } from "../backend/run-command.js";
import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import { type FollowedRun, followRun } from "../observe/follow-run.js";
import { systemPorts } from "../ports.js";
import { RetentionKeeper } from "../retention/RetentionKeeper.js";
import { checkRetention } from "../retention/RetentionPolicy.js";
import { isOrphanedLease, thisProcess } from "../storage/process-identity.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import { ActiveRun, type RunHost, type RunOrigin } from "./ActiveRun.js";
import { ActiveRuns } from "./ActiveRuns.js";
import { CommandInbox } from "./CommandInbox.js";
import { isHeld, releaseRun } from "./claim-run.js";
import { EffectRunner } from "./EffectRunner.js";
import type { EngineContext } from "./EngineContext.js";
import type { EngineOptions, EngineStats, StartOptions } from "./EngineOptions.js";
import { readEnding } from "./ended-run.js";
import { GroupCommit } from "./GroupCommit.js";
import { LeaseKeeper } from "./LeaseKeeper.js";
import { type Recovered, Recovery } from "./Recovery.js";
import type { RunEnding } from "./RunEnding.js";
import type { EventsOptions, RunHandle } from "./RunHandle.js";
import { handleOf, resumeRun } from "./resume-run.js";
import { performReceived, sendCommand } from "./send-command.js";
import { startRun } from "./start-run.js";
import { parseCheckpointPolicy, parseLimits } from "./validate-options.js";

const DEFAULT_DATABASE = ".ax/workflow.db";
const DEFAULT_ABANDON_MS = 30_000;

/**
 * Runs workflows durably in this process. The core decides, the engine acts, and nothing is acted on
 * before it is on disk. This is the one module that knows how the parts are wired.
 */
export class WorkflowEngine implements AsyncDisposable {
  readonly #parts: EngineContext;
  readonly #host: RunHost;
  readonly #commits: GroupCommit;
  readonly #inbox: CommandInbox;
  readonly #retention: RetentionKeeper | undefined;
  readonly #recoveries = new Set<Recovery>();
  #closing: Promise<void> | undefined;

  private constructor(options: EngineOptions) {
    const ports = { ...systemPorts, ...options.ports };
    const owner = { ...thisProcess(), ownerId: randomUUID() };
    const storage =
      options.storage ??
      openSqliteStorage({
        path: options.database ?? DEFAULT_DATABASE,
        durability: options.durability ?? "full",
      });
    const runs = new ActiveRuns();
    const agents = new AgentDirectory(options.agents ?? {}, options.agentFactory);
    const commits = new GroupCommit(storage, ports.clock);
    const leases = new LeaseKeeper(storage, ports.clock, owner, () => runs.ids());
    const effects = new EffectRunner({
      ports,
      commits,
      agentFor: (run, agentId) => agents.find(run.definition, agentId),
      abandonAfterMs: options.abandonAfterMs ?? DEFAULT_ABANDON_MS,
    });
    this.#commits = commits;
    this.#inbox = new CommandInbox(storage, ports.clock, owner.ownerId, (received) =>
      performReceived({ runs, storage }, received),
    );
    this.#retention =
      options.retention === undefined
        ? undefined
        : new RetentionKeeper(storage, ports.clock, options.retention);
    this.#host = {
      ports,
      commits,
      perform: (run, effect) => effects.perform(run, effect),
      closed: (run) => this.#remove(run),
      release: (run) => leases.release(run.runId, run.leaseEpoch),
      isHeld: (run) => isHeld(storage, run),
      advanced: (run) => runs.changed(run.runId),
    };
    this.#parts = {
      options,
      storage,
      checkpoints: new CheckpointManager(storage),
      ports,
      owner,
      agents,
      effects,
      leases,
      runs,
      activate: (origin, { performsEffects } = { performsEffects: true }) =>
        this.#activate(origin, performsEffects),
      assertOpen: () => this.#assertOpen(),
      events: (runId, options) => this.events(runId, options),
    };
  }

  /** Opens the database; creates or migrates it if needed. `invalid_argument`, `database_*`. */
  static async open(options: EngineOptions = {}): Promise<WorkflowEngine> {
    if (options.retention !== undefined) checkRetention(options.retention);
    parseLimits(options);
    parseCheckpointPolicy(options.checkpoint ?? {});
    const engine = new WorkflowEngine(options);
    try {
      if (options.recover === true) await engine.recover();
    } catch (error) {
      await engine.close();
      throw error;
    }
    engine.#retention?.start();
    return engine;
  }

  /** The database of this engine, to be read. Writing to it is the engine's affair. */
  get storage(): StoragePort {
    return this.#parts.storage;
  }

  get checkpoints(): CheckpointManager {
    return this.#parts.checkpoints;
  }

  /**
   * Starts a workflow: YAML or JSON text, a definition as data, or what `prepareWorkflow` made of
   * either. Settles when the run's beginning is durable. With the `runId` of a run that exists, it
   * returns that run instead: see `StartOptions.runId`.
   *
   * `invalid_definition`, `invalid_input`, `invalid_argument`, `unknown_agent`, `run_exists`,
   * `run_owned_elsewhere`: then nothing was started.
   */
  async start(
    source: string | object | PreparedWorkflow,
    options: StartOptions = {},
  ): Promise<RunHandle> {
    return startRun(this.#parts, source, options);
  }

  /**
   * Runs a workflow to its end and returns the results of its steps, by step id. Throws what `start`
   * does, and `run_failed`, `run_cancelled` or `run_paused` if there are no results.
   */
  async execute(
    source: string | object,
    format?: WorkflowFormat,
    context?: Readonly<Record<string, unknown>>,
  ): Promise<RunEnding["results"]> {
    const run = await this.start(source, {
      ...(format !== undefined && { format }),
      ...(context !== undefined && { context }),
    });
    const { status, error, results } = await run.ending;
    if (status === "completed") return results;
    const why = error === undefined ? "" : `: ${error}`;
    throw new WorkflowError(`run_${status}`, `Run ${run.id} is ${status}${why}.`, {
      runId: run.id,
      remedy:
        status === "cancelled"
          ? "Start the workflow again."
          : `\`engine.resume("${run.id}")\` continues where it stopped.`,
    });
  }

  /**
   * The ending of a run that is active in this engine or has ended; part of a generated id is enough.
   * `run_not_found`, `run_owned_elsewhere`.
   */
  async waitForCompletion(runId: string): Promise<RunEnding> {
    const { runs, storage } = this.#parts;
    await runs.whenUnclaimed(runId);
    const active = runs.get(runId);
    if (active !== undefined) return active.ending;
    const run = findRun(storage, runId);
    const queued = [...this.#recoveries]
      .map((recovery) => recovery.queued(run.runId))
      .find((handle) => handle !== undefined);
    const handle = await queued;
    return handle?.ending ?? readEnding(storage, findRun(storage, run.runId));
  }

  /**
   * Continues a run that is paused, failed, or orphaned by an engine that died; no completed step is
   * run again. With the id of a checkpoint, the run first goes back to that checkpoint. A unique part
   * of a generated run id is enough.
   * `run_not_found`, `run_owned_elsewhere`, `run_not_resumable`, `unknown_agent`.
   */
  async resume(id: string): Promise<RunHandle> {
    return resumeRun(this.#parts, id);
  }

  /**
   * Resumes every unfinished run whose engine has died. A run that cannot be resumed is reported in
   * `problems`. Runs whose last recovery ended without a recorded outcome come last and one at a
   * time; after three such recoveries in a row a run is quarantined (`run_quarantined`) until it is
   * resumed by its id.
   */
  async recover(): Promise<Recovered> {
    this.#assertOpen();
    const { runs, storage } = this.#parts;
    const recovery = new Recovery({
      storage,
      isOrphaned: (run) =>
        run.status === "running" && !runs.has(run.runId) && !this.#hasLivingOwner(run),
      resume: (runId) => resumeRun(this.#parts, runId, { isRecovery: true }),
      untilProven: () =>
        Promise.all([...runs].filter((run) => run.isRecovery).map((run) => run.proven)),
      isStopping: () => this.#closing !== undefined,
    });
    this.#recoveries.add(recovery);
    try {
      return await recovery.start(storage.listRuns({ status: "running" }));
    } finally {
      void recovery.settled.then(() => this.#recoveries.delete(recovery));
    }
  }

  /** Pauses a run, whichever process owns it. See `RunHandle.pause`. */
  async pause(runId: string): Promise<void> {
    await this.#command(runId, { verb: "pause" });
  }

  /** Ends a run permanently, whichever process owns it. */
  async cancel(runId: string): Promise<void> {
    await this.#command(runId, { verb: "cancel" });
  }

  /** Writes a checkpoint of a run, whichever process owns it, and returns the checkpoint's id. */
  async checkpoint(runId: string, name?: string): Promise<string> {
    const command = { verb: "checkpoint", ...(name !== undefined && { name }) } as const;
    return (await this.#command(runId, command)) ?? "";
  }

  /** The handle of a run that is active in this engine. */
  activeRun(runId: string): RunHandle | undefined {
    const run = this.#parts.runs.get(runId);
    return run === undefined ? undefined : handleOf(this.#parts, run);
  }

  getStats(): EngineStats {
    const { runs, storage } = this.#parts;
    return { ...storage.countRuns(), active: runs.size, stepsInFlight: runs.attemptCount };
  }

  /**
   * Every event of a run since it began, or after the journal entry `afterSeq`; then each new one,
   * whichever process owns the run. Ends when the run has ended or has no living owner, and when
   * `signal` is aborted.
   */
  events(runId: string, options: EventsOptions = {}): FollowedRun {
    const { runs, storage } = this.#parts;
    const isActive = (): boolean => runs.has(runId);
    const isOwned = (): boolean => {
      const run = storage.getRun(runId);
      return run !== undefined && this.#hasLivingOwner(run);
    };
    return followRun(storage, runId, {
      ...options,
      ...(isActive()
        ? { isLive: isActive, untilChange: () => runs.whenChanged(runId) }
        : { isLive: isOwned }),
    });
  }

  /**
   * Stops and awaits the agents, and releases every run, to be resumed by this or another process.
   * To let runs finish, await their endings first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { runs, storage, leases, options } = this.#parts;
    const active = [...runs];
    this.#retention?.stop();
    this.#commits.flush();
    // A lease that cannot be released runs out; agents and timers are still to be stopped.
    await Promise.allSettled(active.map((run) => releaseRun(run, storage)));
    await runs.whenStopped();
    // What agents printed while they were being stopped.
    this.#commits.flush();
    leases.stop();
    this.#inbox.stop();
    if (options.storage === undefined) storage.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #activate(origin: RunOrigin, performsEffects: boolean): ActiveRun {
    const host = performsEffects ? this.#host : { ...this.#host, perform: () => undefined };
    const run = new ActiveRun(origin, host);
    this.#parts.runs.add(run);
    this.#parts.leases.start();
    this.#inbox.start();
    return run;
  }

  #remove(run: ActiveRun): void {
    const { runs, effects, leases } = this.#parts;
    runs.remove(run);
    effects.forget(run);
    runs.changed(run.runId);
    if (runs.size > 0) return;
    leases.stop();
    this.#inbox.stop();
  }

  #command(runId: string, command: RunCommand): Promise<string | undefined> {
    return sendCommand(this.#parts, runId, command);
  }

  #hasLivingOwner({ owner, leaseUntil }: StoredRun): boolean {
    return (
      owner !== undefined && !isOrphanedLease(owner, leaseUntil ?? 0, this.#parts.ports.clock.now())
    );
  }

  #assertOpen(): void {
    if (this.#closing !== undefined)
      throw new WorkflowError("engine_closed", "This engine is closed.", {
        remedy: "Open another with `WorkflowEngine.open`.",
      });
  }
}
