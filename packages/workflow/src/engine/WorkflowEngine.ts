import { randomUUID } from "node:crypto";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { AgentDirectory } from "../agents/AgentDirectory.js";
import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import { checkOutsideReferences } from "../definition/outside-references.js";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { resolveInputs } from "../definition/resolve-inputs.js";
import { mergeLimits, policyOf } from "../drive/run-policy.js";
import { storedDefinition } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import { type FollowedRun, followRun } from "../observe/follow-run.js";
import { type EnginePorts, systemPorts } from "../ports.js";
import { RetentionKeeper } from "../retention/RetentionKeeper.js";
import { checkRetention } from "../retention/RetentionPolicy.js";
import { isOrphanedLease, thisProcess } from "../storage/process-identity.js";
import type { NewRun, RunOwner, StoragePort, StoredRun } from "../storage/StoragePort.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import { ActiveRun, type RunHost, type RunOrigin } from "./ActiveRun.js";
import { cancelWhenAborted } from "./cancel-when-aborted.js";
import { type OrphanSources, takeUp } from "./claim-run.js";
import { answerCommand, type CommandContext, commandRun } from "./commands.js";
import { EffectRunner } from "./EffectRunner.js";
import type { EngineOptions, EngineStats, StartOptions } from "./EngineOptions.js";
import { GroupCommit } from "./GroupCommit.js";
import { KeyedMutex } from "./KeyedMutex.js";
import { LeaseKeeper } from "./LeaseKeeper.js";
import { assertSameStart, checkRunId, type StartIdentity, wonStart } from "./named-run.js";
import { type Recovered, Recovery } from "./Recovery.js";
import type { RunEnding } from "./RunEnding.js";
import { type EventsOptions, RunHandle } from "./RunHandle.js";
import {
  checkCheckpointName,
  copyAsJson,
  parseCheckpointPolicy,
  parseLimits,
} from "./validate-options.js";

const DEFAULT_DATABASE = ".ax/workflow.db";
const DEFAULT_CHECKPOINTS = { every: 100, intervalMs: 60_000 };
const DEFAULT_ABANDON_MS = 30_000;

/**
 * Runs workflows: the machine decides, the EffectRunner acts, and nothing acts before its cause is on disk.
 * This is the one module that knows how the parts are wired.
 */
export class WorkflowEngine implements AsyncDisposable {
  readonly storage: StoragePort;
  readonly checkpoints: CheckpointManager;
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #owner: RunOwner;
  readonly #agents: AgentDirectory;
  readonly #commits: GroupCommit;
  readonly #effects: EffectRunner;
  readonly #keeper: LeaseKeeper;
  readonly #retention: RetentionKeeper | undefined;
  readonly #active = new Map<string, ActiveRun>();
  readonly #recoveries = new Set<Recovery>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #host: RunHost;
  /** Runs being taken up, or taken up for a command: until that is through, nobody else does anything with them here. */
  readonly #claims = new KeyedMutex();
  readonly #desk: CommandContext;
  /** Agents of runs that are let go or were dropped, until they are gone. */
  readonly #stopping = new Map<Promise<unknown>, string>();
  #closing: Promise<void> | undefined;

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.#ports = { ...systemPorts, ...options.ports };
    this.#owner = { ...thisProcess(), ownerId: randomUUID() };
    this.storage =
      options.storage ??
      openSqliteStorage({
        path: options.database ?? DEFAULT_DATABASE,
        durability: options.durability ?? "full",
      });
    this.checkpoints = new CheckpointManager(this.storage);
    this.#agents = new AgentDirectory(options.agents ?? {}, options.agentFactory);
    this.#commits = new GroupCommit(this.storage, this.#ports.clock);
    this.#effects = new EffectRunner({
      ports: this.#ports,
      commits: this.#commits,
      agentFor: (run, agentId) => this.#agents.find(run.definition, agentId),
      abandonAfterMs: options.abandonAfterMs ?? DEFAULT_ABANDON_MS,
    });
    const activeRuns = (): Iterable<string> => this.#active.keys();
    this.#keeper = new LeaseKeeper(
      this.storage,
      this.#ports.clock,
      this.#owner,
      activeRuns,
      async (command) => {
        await this.#claims.settled(command.runId);
        // Whoever asked may have given up meanwhile.
        const isOpen = this.storage.commandAnswer(command.commandId) === undefined;
        return answerCommand(isOpen ? this.#active.get(command.runId) : undefined, command);
      },
    );
    this.#retention =
      options.retention === undefined
        ? undefined
        : new RetentionKeeper(this.storage, this.#ports.clock, options.retention);
    this.#host = {
      ports: this.#ports,
      commits: this.#commits,
      perform: (run, effect) => this.#effects.perform(run, effect),
      closed: (run) => this.#forget(run),
      release: (run) => this.#keeper.release(run.runId, run.leaseEpoch),
      isHeld: (run) => takeUp.isHeld(this.storage, run),
      advanced: (run) => this.#wakeWatchers(run.runId),
    };
    this.#desk = {
      storage: this.storage,
      clock: this.#ports.clock,
      claims: this.#claims,
      mustBeOpen: () => this.#mustBeOpen(),
      active: (runId) => this.#active.get(runId),
      // Whatever the command lets go on, such as a retry that has fallen due, is for whoever resumes the run: no agent is called here.
      hold: (stored) =>
        this.#activate(this.#load(stored), { ...this.#host, perform: () => undefined }),
      leftBehind: (run) => this.#leftBehind(run),
    };
  }

  /** Opens the database, making or upgrading it where needed. `invalid_argument`, `database_*`. */
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

  /**
   * Starts a workflow; settles when its beginning is on disk. `source` is YAML or JSON text, a definition as data, or what `prepareWorkflow`
   * made of either. With the `runId` of a run that exists, `start` resumes that run instead.
   * `invalid_definition`, `invalid_input`, `invalid_argument`, `unknown_agent`, `run_exists`, `run_owned_elsewhere`: then nothing was started.
   */
  async start(
    source: string | object | PreparedWorkflow,
    options: StartOptions = {},
  ): Promise<RunHandle> {
    this.#mustBeOpen();
    options.signal?.throwIfAborted();
    const workflow = prepareOnce(source, options.format);
    const { definition, references } = workflow;
    const inputs = copyAsJson(resolveInputs(definition.inputs, options.inputs ?? {}), "An input");
    this.#agents.check(definition);
    const createdAt = this.#ports.clock.now();
    const limits = mergeLimits(parseLimits(this.#options), parseLimits(options));
    const policy = policyOf(
      definition,
      limits,
      parseCheckpointPolicy(this.#options.checkpoint ?? DEFAULT_CHECKPOINTS),
    );
    const context = copyAsJson({ ...definition.context, ...options.context }, "The context");
    checkOutsideReferences(references, { inputs, context });
    const { runId = this.#ports.ids.next() } = options;
    if (options.runId !== undefined) {
      checkRunId(runId);
      // Nothing is awaited between this question and the run's activation, so that two calls do not both begin it.
      const isThere =
        this.#active.has(runId) ||
        this.#claims.has(runId) ||
        this.storage.getRun(runId) !== undefined;
      const begun = isThere
        ? await this.#goOnAs(runId, { definitionHash: workflow.hash, inputs, context })
        : undefined;
      if (begun !== undefined) return this.#heeding(begun, options.signal);
      // It was removed while it was waited for.
      if (isThere) return this.start(workflow, options);
    }
    const newRun: NewRun = {
      runId,
      workflowId: definition.id,
      definitionHash: workflow.hash,
      inputs,
      context,
      createdAt,
      owner: this.#owner,
      leaseUntil: this.#keeper.leaseUntil,
    };
    const { source: text, format, graph } = workflow;
    const run = this.#activate({
      start: { runId, createdAt, definition, graph, source: text, format, inputs, context, policy },
      leaseEpoch: 1,
      newRun: { run: newRun, definition: storedDefinition(workflow, createdAt) },
    });
    run.begin();
    // When another process began it in the same moment, it is there now.
    if (!(await wonStart(run))) return this.start(workflow, options);
    return this.#heeding(this.#handle(run), options.signal);
  }

  // The run of an id that the caller chose, going on, or as it ended; nothing when it is gone.
  async #goOnAs(runId: string, asked: StartIdentity): Promise<RunHandle | undefined> {
    await this.#claims.settled(runId);
    const begun = this.#active.get(runId);
    // One that was begun in this same turn is not in the database yet.
    if (begun !== undefined) await wonStart(begun);
    // Nothing is over here while an agent of it is at work here.
    await Promise.all(this.#stoppingOf(runId));
    const stored = this.storage.getRun(runId);
    if (stored === undefined) return undefined;
    assertSameStart(stored, asked);
    const { status } = stored;
    const active = this.#active.get(runId);
    if (status !== "completed" && status !== "cancelled")
      return this.#resume(runId, { joins: true });
    if (active !== undefined) return this.#handle(active);
    return new RunHandle(takeUp.over(this.storage, stored, status), (options) =>
      this.events(runId, options),
    );
  }

  /** Agents of a run that was dropped here, until they are gone. */
  #stoppingOf(runId: string): Promise<unknown>[] {
    return [...this.#stopping].flatMap(([stopped, of]) => (of === runId ? [stopped] : []));
  }

  #heeding(handle: RunHandle, signal: AbortSignal | undefined): RunHandle {
    const run = this.#active.get(handle.id);
    if (signal !== undefined && run !== undefined) cancelWhenAborted(run, signal);
    return handle;
  }

  /** Runs a workflow to its end and gives its results. `run_failed`, `run_cancelled`, `run_paused` when it gave none. */
  async execute(
    source: string | object,
    format?: WorkflowFormat,
    context?: Readonly<Record<string, unknown>>,
  ): Promise<RunEnding["results"]> {
    const run = await this.start(source, {
      ...(format !== undefined && { format }),
      ...(context !== undefined && { context }),
    });
    const ending = await run.ending;
    if (ending.status === "completed") return ending.results;
    throw new WorkflowError(
      `run_${ending.status}`,
      `Run ${run.id} is ${ending.status}${ending.error === undefined ? "" : `: ${ending.error}`}.`,
      {
        runId: run.id,
        remedy:
          ending.status === "cancelled"
            ? "Start it again."
            : `\`engine.resume("${run.id}")\` goes on where it stopped.`,
      },
    );
  }

  /** The ending of a run of this engine, or of one that has ended already. `run_not_found`, `run_owned_elsewhere`. */
  async waitForCompletion(runId: string): Promise<RunEnding> {
    await this.#claims.settled(runId);
    const active = this.#active.get(runId);
    if (active !== undefined) return active.ending;
    const run = findRun(this.storage, runId);
    const recovered = [...this.#recoveries]
      .map((recovery) => recovery.awaited(run.runId))
      .find((handle) => handle !== undefined);
    const handle = await recovered;
    return handle?.ending ?? takeUp.ending(this.storage, findRun(this.storage, run.runId));
  }

  /**
   * Goes on with a run that was paused, failed, or left by an engine that died: nothing finished is run again. With
   * the id of a checkpoint it goes back to that one first. A unique part of an id that was made here will do.
   * `run_not_found`, `run_owned_elsewhere`, `run_not_resumable`, `unknown_agent`.
   */
  async resume(id: string): Promise<RunHandle> {
    return this.#resume(id);
  }

  // `joins`: one that is running here already is what was asked for.
  async #resume(id: string, { isRecovery = false, joins = false } = {}): Promise<RunHandle> {
    this.#mustBeOpen();
    const checkpoint = this.storage.getCheckpoint(id);
    const { runId } = findRun(this.storage, checkpoint?.runId ?? id);
    return this.#claims.run(runId, async () => {
      // The run is ending here, or was dropped, and its agents are told to stop: until they have, none of its steps begins again.
      const active = this.#active.get(runId);
      if (active?.isReleased === true) await active.ending.catch(() => undefined);
      await Promise.all(this.#stoppingOf(runId));
      this.#mustBeOpen();
      if (active?.isReleased !== false)
        return this.#takeUp(runId, checkpoint?.checkpointId, isRecovery);
      const handle = this.#handle(active);
      if (joins && handle.state !== "paused") return handle;
      if (checkpoint !== undefined || handle.state !== "paused") throw takeUp.stillActive(runId);
      await handle.resume();
      return handle;
    });
  }

  async #takeUp(
    runId: string,
    checkpointId: string | undefined,
    isRecovery: boolean,
  ): Promise<RunHandle> {
    const stored = findRun(this.storage, runId);
    const checkpoint =
      checkpointId === undefined ? undefined : this.checkpoints.loadCheckpoint(checkpointId);
    const run = this.#activate(
      this.#load(stored, { isRecovery, check: (definition) => this.#agents.check(definition) }),
    );
    try {
      await takeUp.goOn(run, {
        checkpoint,
        ...this.#leftBehind(run),
        wakeAt: (dueAt) => this.#effects.wakeAt(run, dueAt),
        chance: () => this.#ports.chance.next(),
      });
    } catch (error) {
      // What could not be ended is for another try, here or elsewhere.
      if (run.isDetached) this.#keeper.release(runId, run.leaseEpoch);
      else await takeUp.leave(run, this.storage);
      throw error;
    }
    return this.#handle(run);
  }

  /**
   * Takes up every unfinished run whose owner is dead. One that cannot be read is left, and named. Those that were taken up before
   * and recorded no outcome come after the others, one at a time, so that one that brings engines down is known from the rest: after three
   * times it is left alone (`run_quarantined`) until it is resumed by its id.
   */
  async recover(): Promise<Recovered> {
    this.#mustBeOpen();
    const isLeft = (run: StoredRun): boolean => {
      if (run.status !== "running" || this.#active.has(run.runId)) return false;
      return (
        run.owner === undefined ||
        isOrphanedLease(run.owner, run.leaseUntil ?? 0, this.#ports.clock.now())
      );
    };
    const recovery = new Recovery({
      storage: this.storage,
      isLeft,
      take: (runId) => this.#resume(runId, { isRecovery: true }),
      untilProven: () =>
        Promise.all(
          [...this.#active.values()].filter((run) => run.isRecovery).map((run) => run.proven),
        ),
      isStopping: () => this.#closing !== undefined,
    });
    this.#recoveries.add(recovery);
    try {
      return await recovery.start(this.storage.listRuns({ status: "running" }));
    } finally {
      void recovery.settled.then(() => this.#recoveries.delete(recovery));
    }
  }

  /** Pauses a run, whichever process works on it. */
  async pause(runId: string): Promise<void> {
    await commandRun(this.#desk, runId, "pause");
  }

  /** Ends a run for good, whichever process works on it. */
  async cancel(runId: string): Promise<void> {
    await commandRun(this.#desk, runId, "cancel");
  }

  /** Has a checkpoint written, whichever process works on the run; gives its id. */
  async checkpoint(runId: string, name?: string): Promise<string> {
    checkCheckpointName(name);
    return commandRun(this.#desk, runId, "checkpoint", name);
  }

  /** A run that this engine is working on. */
  getRun(runId: string): RunHandle | undefined {
    const run = this.#active.get(runId);
    return run === undefined ? undefined : this.#handle(run);
  }

  getStats(): EngineStats {
    const stepsInFlight = [...this.#active.values()].reduce(
      (sum, run) => sum + run.attempts.size,
      0,
    );
    return { ...this.storage.countRuns(), active: this.#active.size, stepsInFlight };
  }

  /** What happens in a run, from its beginning or after an entry of its journal, whichever process owns it. */
  events(runId: string, options: EventsOptions = {}): FollowedRun {
    const isOurs = (): boolean => this.#active.has(runId);
    const isHeld = (): boolean => {
      const run = this.storage.getRun(runId);
      return (
        run?.owner !== undefined &&
        !isOrphanedLease(run.owner, run.leaseUntil ?? 0, this.#ports.clock.now())
      );
    };
    return followRun(this.storage, runId, {
      ...options,
      ...(isOurs()
        ? { isLive: isOurs, untilChange: () => this.#change(runId) }
        : { isLive: isHeld }),
    });
  }

  /**
   * Leaves everything as a crash would, but tidily: agents are stopped and awaited, leases given back, and every
   * run can be resumed. To let runs finish, await their endings first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const runs = [...this.#active.values()];
    this.#retention?.stop();
    this.#commits.flush();
    // A lease that cannot be given back runs out; it is no reason to leave agents or timers behind.
    await Promise.allSettled(runs.map((run) => takeUp.leave(run, this.storage)));
    await Promise.all(this.#stopping.keys());
    // What agents said while they were being stopped.
    this.#commits.flush();
    this.#keeper.stop();
    if (this.#options.storage === undefined) this.storage.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- wiring

  #activate(origin: RunOrigin, host = this.#host): ActiveRun {
    const run = new ActiveRun(origin, host);
    this.#active.set(run.runId, run);
    this.#keeper.start();
    return run;
  }

  #forget(run: ActiveRun): void {
    if (this.#active.get(run.runId) === run) this.#active.delete(run.runId);
    if (run.attempts.size > 0) {
      const stopped = Promise.all(
        [...run.attempts.values()].map((attempt) => attempt.settled),
      ).finally(() => this.#stopping.delete(stopped));
      this.#stopping.set(stopped, run.runId);
    }
    this.#effects.forget(run);
    this.#wakeWatchers(run.runId);
    if (this.#active.size === 0) this.#keeper.stop();
  }

  #load(
    stored: StoredRun,
    more: {
      readonly isRecovery?: boolean;
      readonly check?: (definition: WorkflowDefinition) => void;
    } = {},
  ): RunOrigin {
    return takeUp.load(this.storage, stored, {
      owner: this.#owner,
      now: this.#ports.clock.now(),
      leaseUntil: this.#keeper.leaseUntil,
      ...more,
    });
  }

  #leftBehind(run: ActiveRun): OrphanSources {
    return {
      agentFor: (agentId) => this.#agents.find(run.definition, agentId),
      processes: () => this.storage.agentProcesses(run.runId),
    };
  }

  #handle(run: ActiveRun): RunHandle {
    return new RunHandle(run, (options) => this.events(run.runId, options));
  }

  #change(runId: string): Promise<void> {
    // No one would wake whoever waits for a run that is over here.
    if (!this.#active.has(runId)) return Promise.resolve();
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(runId) ?? new Set();
      this.#watchers.set(runId, watchers.add(resolve));
    });
  }

  #wakeWatchers(runId: string): void {
    const watchers = this.#watchers.get(runId);
    this.#watchers.delete(runId);
    for (const wake of watchers ?? []) wake();
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined)
      throw new WorkflowError("engine_closed", "This engine is closed.", {
        remedy: "Open another with `WorkflowEngine.open`.",
      });
  }
}
