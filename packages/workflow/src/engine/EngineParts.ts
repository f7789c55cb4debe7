import { randomUUID } from "node:crypto";
import { AgentDirectory } from "../agents/AgentDirectory.js";
import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import { omitUndefined } from "../core/omit-undefined.js";
import { RunQueries, State } from "../core/workflow-state-machine.js";
import { StoppedTime } from "../drive/StoppedTime.js";
import { WorkflowError } from "../errors.js";
import { Notifier } from "../notify/Notifier.js";
import type { FollowedRun } from "../observe/follow-run.js";
import { type EnginePorts, systemPorts } from "../ports.js";
import { RetentionKeeper } from "../retention/RetentionKeeper.js";
import { addEngine, removeEngine } from "../storage/local-engines.js";
import { isOrphaned, leaseTimes } from "../storage/owner-state.js";
import { thisProcess } from "../storage/process-identity.js";
import type { RunOwner, StoragePort } from "../storage/StoragePort.js";
import { BUSY_TIMEOUT_MS } from "../storage/sqlite/open-database.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import { RunAnnouncer } from "../trace/RunAnnouncer.js";
import { ActiveRun } from "./ActiveRun.js";
import { ActiveRuns } from "./ActiveRuns.js";
import { CommandInbox } from "./CommandInbox.js";
import { ChildRuns } from "./child-runs/ChildRuns.js";
import { joinParents } from "./child-runs/join-parents.js";
import { isHeld, releaseRun } from "./claim-run.js";
import { EffectRunner } from "./EffectRunner.js";
import type { EngineContext } from "./EngineContext.js";
import type { EngineOptions } from "./EngineOptions.js";
import { ExpiredLeases } from "./ExpiredLeases.js";
import { followEvents } from "./follow.js";
import { GroupCommit } from "./GroupCommit.js";
import { LeaseGuard } from "./LeaseGuard.js";
import { LeaseKeeper } from "./LeaseKeeper.js";
import { lostDatabase } from "./lost-database.js";
import { Recovery } from "./Recovery.js";
import { ResultCache } from "./ResultCache.js";
import { RunFiles } from "./RunFiles.js";
import type { EventsOptions } from "./RunHandle.js";
import type { RunHost } from "./RunHost.js";
import type { RunOrigin } from "./RunOrigin.js";
import { RunSignals } from "./RunSignals.js";
import { resumeRun } from "./resume-run.js";
import { RUN_STEP_ID, runStepAgent } from "./run-step-agent.js";
import { performReceived, sendCommand } from "./send-command.js";
import { whenAnswered } from "./when-answered.js";
import { isWoken } from "./woken-runs.js";
import { WorkLoop } from "./worker/WorkLoop.js";
import { checkWork, type WorkOptions } from "./worker/WorkOptions.js";

const DEFAULT_DATABASE = ".ax/workflow.db";
const DEFAULT_ABANDON_MS = 30_000;

/** How long a run stays active for a command that has arrived, in ms: two polls of the inbox. */
const ADDRESSED_MS = 200;

/** What performs steps that name no agent. */
const BUILT_IN_AGENTS = { [RUN_STEP_ID]: runStepAgent };

/** The connected parts of an engine. Only this module knows which part calls which. */
export class EngineParts implements EngineContext {
  readonly options: EngineOptions;
  readonly ports: EnginePorts;
  readonly owner: RunOwner = { ...thisProcess(), ownerId: randomUUID() };
  readonly storage: StoragePort;
  readonly checkpoints: CheckpointManager;
  readonly agents: AgentDirectory;
  readonly runs = new ActiveRuns();
  readonly signals: RunSignals;
  readonly effects: EffectRunner;
  readonly leases: LeaseKeeper;
  readonly expired: ExpiredLeases;
  readonly recovery: Recovery;
  readonly retention: RetentionKeeper | undefined;
  /** Tells receivers what happens in runs; absent without receivers. */
  readonly notifier: Notifier | undefined;
  readonly childRuns = new ChildRuns(this);
  readonly #commits: GroupCommit;
  readonly files: RunFiles;
  readonly #inbox: CommandInbox;
  readonly #announcer: RunAnnouncer;
  readonly #host: RunHost<ActiveRun>;
  readonly #guard: LeaseGuard | undefined;
  #loop: WorkLoop | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.options = options;
    this.ports = { ...systemPorts, ...omitUndefined(options.ports ?? {}) };
    this.storage = options.storage ?? openStorage(options);
    const { ports, storage, owner, runs } = this;
    const { clock } = ports;
    this.checkpoints = new CheckpointManager(storage);
    this.agents = new AgentDirectory(options.agents ?? {}, options.agentFactory, BUILT_IN_AGENTS);
    this.files = new RunFiles(storage);
    this.#announcer = new RunAnnouncer(storage);
    this.notifier = notifierOf(this);
    const times = leaseTimes(options.leaseMs, storage.leaseGraceMs);
    // On one machine, the next owner ends the programs of the last one.
    this.#guard = storage.leaseGraceMs === 0 ? new LeaseGuard(clock, times) : undefined;
    const renewed = (): void => this.#guard?.renewed();
    this.leases = new LeaseKeeper({ storage, clock, owner, times, renewed, runs: () => runs });
    this.#commits = new GroupCommit(storage, clock, {
      receiversOf: this.notifier && ((runId) => this.notifier?.receiversOf(runId, 0) ?? []),
      fence: () => this.leases.fence(),
      answerMs: times.renewalMs,
    });
    const stopped = new StoppedTime();
    this.expired = new ExpiredLeases(storage, clock, times.graceMs);
    this.signals = new RunSignals(
      (runId) => runs.get(runId),
      (runId, reason) => this.#cancelAtRest(runId, reason),
    );
    addEngine(owner.ownerId, runs);
    this.#inbox = new CommandInbox({
      ...{ storage, clock, ownerId: owner.ownerId },
      perform: (received) => performReceived(this, received),
      eachPoll: (dueAt) => {
        stopped.note(dueAt, clock.now());
        this.#endIfLost();
      },
    });
    this.effects = new EffectRunner({
      ports,
      commits: this.#commits,
      files: this.files,
      cache: new ResultCache(storage),
      childRuns: this.childRuns,
      secrets: options.secrets,
      onAsk: options.onAsk,
      agentFor: (run, agentId) => this.agents.find(run.definition, agentId),
      isHeld: (run) => this.#isHeld(run),
      abandonAfterMs: options.abandonAfterMs ?? DEFAULT_ABANDON_MS,
      stopped,
      guard: this.#guard,
      ownerId: owner.ownerId,
      databaseId: storage.databaseId,
    });
    this.retention =
      options.retention === undefined
        ? undefined
        : new RetentionKeeper(storage, clock, options.retention);
    this.recovery = this.#recoveryOf();
    this.#host = this.#hostOfRuns();
  }

  activate(origin: RunOrigin, { onlyRecords } = { onlyRecords: false }): ActiveRun {
    const host = onlyRecords ? { ...this.#host, perform: () => undefined } : this.#host;
    const run = new ActiveRun({ ...origin, onlyRecords }, host);
    this.runs.add(run);
    if (origin.position !== undefined) this.notifier?.adopt(run.runId, origin.position.seq);
    this.leases.keep(run);
    this.#inbox.start();
    return run;
  }

  events(runId: string, options: EventsOptions): FollowedRun {
    return followEvents(this, runId, options);
  }

  /** Works on the runs of the database. Throws `invalid_argument` if it does so already. */
  work(options: WorkOptions): WorkLoop {
    checkWork(options);
    this.assertOpen();
    this.assertExecutes("work");
    if (this.#loop !== undefined && !this.#loop.hasEnded)
      throw new WorkflowError("invalid_argument", "This engine works on runs already.", {
        remedy: "Drain that work first, or give it more slots.",
      });
    this.#loop = new WorkLoop({ engine: this, recovery: this.recovery }, options);
    return this.#loop;
  }

  /** Lets a worker in this engine look for runs: one was queued. */
  runQueued(): void {
    this.#loop?.wake();
  }

  /** Throws `invalid_argument` if this engine leaves runs to workers. */
  assertExecutes(operation: string): void {
    if (this.options.executes !== false) return;
    throw new WorkflowError(
      "invalid_argument",
      `\`${operation}\` needs an engine that executes runs; this one was opened with ` +
        "`executes` false.",
      { remedy: "Use `enqueue`, or `send` with `resume`, and leave the run to workers." },
    );
  }

  assertOpen(): void {
    if (this.#closing !== undefined)
      throw new WorkflowError("engine_closed", "This engine is closed.", {
        remedy: "Open another engine with `WorkflowEngine.open`.",
      });
  }

  /**
   * Stops and awaits the agents, releases every run, and closes the storage if this engine opened
   * it.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const active = [...this.runs];
    this.#loop?.stop();
    this.retention?.stop();
    this.#commits.flush();
    const writing = this.#commits.settled();
    if (writing !== undefined) await writing;
    // A lease that cannot be released expires; agents and timers must still be stopped.
    this.expired.stop();
    this.signals.clear();
    const released = await Promise.allSettled(active.map((run) => releaseRun(run, this)));
    await this.runs.whenStopped();
    // The output that agents printed while they were being stopped.
    this.#commits.flush();
    await this.#commits.settled();
    this.leases.close();
    this.#guard?.close();
    this.#inbox.stop();
    const hasReleasedAll =
      this.leases.hasReleasedAll && released.every(({ status }) => status === "fulfilled");
    removeEngine(this.owner.ownerId, this.runs, hasReleasedAll);
    this.files.close();
    await Promise.all([this.notifier?.close(), this.#announcer.closing()]);
    if (this.options.storage === undefined) this.storage.close();
  }

  #isHeld(run: ActiveRun): boolean {
    this.leases.fence();
    return isHeld({ storage: this.storage, clock: this.ports.clock }, run);
  }

  #recoveryOf(): Recovery {
    const { storage, runs } = this;
    const { clock } = this.ports;
    return new Recovery({
      storage,
      isOrphaned: (run) =>
        !runs.has(run.runId) && (isOrphaned(run, clock.now()) || isWoken(run, clock.now())),
      mustWatch: (run) => this.expired.mustWatch(run),
      whenConfirmed: (run) => this.expired.whenConfirmed(run),
      resume: async (runId, isRecovery) => {
        const run = await resumeRun(this, runId, { isRecovery });
        await joinParents(this, runId);
        return run;
      },
      untilProven: () =>
        Promise.all([...runs].filter((run) => run.isRecovery).map((run) => run.proven)),
      isStopping: () => this.#closing !== undefined,
    });
  }

  #cancelAtRest(runId: string, reason: string): Promise<unknown> {
    const cancel = (): Promise<unknown> => sendCommand(this, runId, { verb: "cancel", reason });
    return whenAnswered(this.ports.clock, cancel, () => this.#closing !== undefined);
  }

  #hostOfRuns(): RunHost<ActiveRun> {
    const { ports, storage, runs } = this;
    return {
      ports,
      commits: this.#commits,
      perform: (run, effect) => this.effects.perform(run, effect),
      closed: (run) => this.#remove(run),
      release: (run) => this.leases.release(run),
      isHeld: (run) => this.#isHeld(run),
      isLost: () => lostDatabase(storage) !== undefined,
      isAddressed: (run) => this.#isAddressed(run),
      advanced: ({ runId }, afterSeq, seq) => {
        runs.changed(runId);
        this.#announcer.written(runId, afterSeq, seq);
        this.notifier?.changed(runId);
      },
      hasTakenResults: (run) => this.files.mustRestore(run),
    };
  }

  // Agents must not work for hours for a database that no longer exists. The commit finds the same
  // error and ends the runs.
  #endIfLost(): void {
    if (lostDatabase(this.storage) === undefined) return;
    for (const run of this.runs) this.#commits.schedule(run);
  }

  // A command that has arrived may answer what the run is about to pause for. The inbox performs it
  // before the run is woken.
  #isAddressed(run: ActiveRun): boolean {
    if (!this.#hasCommand(run.runId)) return false;
    this.effects.wakeAt(run, run.now() + ADDRESSED_MS);
    return true;
  }

  #hasCommand(runId: string): boolean {
    // A storage across a network is not asked here: it tells the inbox of each command, and the
    // sender of one that comes too late finds the run paused.
    if (this.storage.asynchronous !== undefined) return this.#inbox.isAddressed(runId);
    try {
      const pending = this.storage.pendingCommands(this.owner.ownerId);
      return pending.some((command) => command.runId === runId);
    } catch {
      // A database that cannot be read fails the next commit.
      return false;
    }
  }

  #remove(run: ActiveRun): void {
    if (State.isTerminal(RunQueries.state(run.machine))) this.signals.detach(run.runId);
    this.runs.remove(run);
    this.effects.forget(run);
    this.runs.changed(run.runId);
    this.notifier?.changed(run.runId);
    this.#announcer.left(run.runId);
    if (this.runs.size > 0) return;
    this.leases.stop();
    this.#inbox.stop();
  }
}

function notifierOf({ options, storage, ports, owner, runs }: EngineParts): Notifier | undefined {
  const { notify } = options;
  if (notify === undefined || notify.receivers.length === 0) return undefined;
  const { clock } = ports;
  const isActive = (runId: string): boolean => runs.has(runId);
  return new Notifier({ storage, clock, owner, isActive }, notify);
}

function openStorage({ database, durability, create, leaseMs }: EngineOptions): StoragePort {
  return openSqliteStorage({
    path: database ?? DEFAULT_DATABASE,
    durability: durability ?? "full",
    create: create ?? true,
    // A call that waits for another process delays the end of the agents before a lease ends.
    ...(leaseMs !== undefined && {
      busyTimeoutMs: Math.min(BUSY_TIMEOUT_MS, Math.floor(leaseTimes(leaseMs).stopMs / 2)),
    }),
  });
}
