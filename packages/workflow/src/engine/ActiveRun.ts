import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type Refusal,
  RunQueries,
  type StepInfo,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import { type FoldMark, RunFold, type ToldWith } from "../drive/RunFold.js";
import type { Turn } from "../drive/Turn.js";
import { asWorkflowError, WorkflowError } from "../errors.js";
import type { AgentProcess } from "../storage/StoragePort.js";
import type { Attempt } from "./Attempt.js";
import type { Committer, RunWrite } from "./Committer.js";
import type { Lease, LeasedRun } from "./LeaseKeeper.js";
import { leaseLost } from "./lease-lost.js";
import { endingOfMachine, type RunEnding } from "./RunEnding.js";
import type { RunHost } from "./RunHost.js";
import type { RunOrigin } from "./RunOrigin.js";
import {
  isOutcome,
  isOwnOutcome,
  isSteering,
  type RunInput,
  UnwrittenInputs,
} from "./UnwrittenInputs.js";
import { Waiters } from "./Waiters.js";

/** A turn that has been taken but is not durable yet. */
interface Writing {
  readonly machine: WorkflowMachine;
  readonly effects: Turn["effects"];
  readonly hasTakenResults: boolean;
  readonly waiters: Waiters;
  /** The fold after the turn. */
  readonly mark: FoldMark;
  readonly clearsFailedRecoveries: boolean;
}

/**
 * One run in this engine: its fold, the callers that wait for a write, and how the run leaves the
 * engine. It is first `released` (a commit gives up its lease), then `detached` (this object is no
 * longer used).
 */
export class ActiveRun implements Committer, LeasedRun {
  readonly runId: string;
  readonly createdAt: number;
  /** Rejects if the storage fails or the engine is closed. */
  readonly ending: Promise<RunEnding>;
  /**
   * Settles when an outcome recorded by this engine is durable, or the run is no longer active
   * here.
   */
  readonly proven: Promise<void>;
  /**
   * Attempts whose agents have not settled, by step id; the machine may no longer wait for some of
   * them.
   */
  readonly attempts = new Map<string, Attempt>();
  readonly problems: readonly WorkflowError[];
  readonly lease: Lease;
  readonly isRecovery: boolean;
  /** Whether an engine has worked on the run before this claim. */
  readonly isResumed: boolean;
  readonly #host: RunHost<ActiveRun>;
  readonly #fold: RunFold;
  readonly #clockOffset: number;
  #newRun: RunOrigin["newRun"];
  /** The machine as of the stored journal; undefined until a new run's first turn is durable. */
  #stored: WorkflowMachine | undefined;
  /** The machine to show after a failed write has left the fold ahead of its journal. */
  #stoppedAt: WorkflowMachine | undefined;
  // A turn that finds the database busy stays here until it is durable; until then none of its
  // effects is performed.
  #writing: Writing | undefined;
  readonly #waiters = new Waiters();
  readonly #inputs = new UnwrittenInputs();
  /** The fold after its last durable turn; undefined until a new run's first turn is durable. */
  #durable: FoldMark | undefined;
  #clearsFailedRecoveries = false;
  #isStoppingAgents = false;
  #isReleasing = false;
  #awaitsAgents = false;
  #isDetached = false;
  #failure: WorkflowError | undefined;
  #prove!: () => void;
  #endWith!: { resolve: (ending: RunEnding) => void; reject: (error: WorkflowError) => void };

  constructor(origin: RunOrigin, host: RunHost<ActiveRun>) {
    const { start, position } = origin;
    this.runId = start.runId;
    this.createdAt = start.createdAt;
    this.#host = host;
    this.#fold = new RunFold(start, host.ports.ids, position, {
      ...{ onlyRecords: origin.onlyRecords ?? false, leaves: origin.leaves ?? false },
      staysAwake: () => host.isAddressed(this),
      isStopping: () => this.attempts.size > 0,
      ...(origin.fork !== undefined && { fork: origin.fork }),
    });
    this.#newRun = origin.newRun;
    this.#stored = position?.machine;
    this.#durable = position === undefined ? undefined : this.#fold.mark();
    this.problems = origin.problems ?? [];
    this.lease = { epoch: origin.leaseEpoch, until: origin.leaseUntil, isLost: false };
    this.isRecovery = origin.isRecovery ?? false;
    this.isResumed = position !== undefined;
    // If the wall clock has gone back since the run was written, its timers must not be delayed.
    const lastKnown = RunQueries.now(this.#fold.machine);
    this.#clockOffset = Math.max(0, lastKnown - host.ports.clock.now());
    this.ending = new Promise((resolve, reject) => {
      this.#endWith = { resolve, reject };
    });
    this.proven = new Promise((resolve) => {
      this.#prove = resolve;
    });
    // An unawaited `ending` must not end the process with an unhandled rejection.
    this.ending.catch(() => undefined);
  }

  /** The definition that the run has now. */
  get definition(): WorkflowDefinition {
    return this.#fold.start.definition;
  }

  get machine(): WorkflowMachine {
    return this.#stoppedAt ?? this.#fold.machine;
  }

  /** False until the first turn of a new run is durable. */
  get isStored(): boolean {
    return this.#stored !== undefined;
  }

  /** True once the run is no longer active here. */
  get isDetached(): boolean {
    return this.#isDetached;
  }

  /**
   * True once the run has ended, or has paused with nothing in flight, and the same commit has
   * released its lease. Nothing more is written; agents may still be stopping.
   */
  get isReleased(): boolean {
    return this.#isDetached || this.#isReleasing;
  }

  /** True until the commit that releases the lease is durable. */
  get isLeased(): boolean {
    return !this.#isDetached && !(this.#isReleasing && this.#writing === undefined);
  }

  /**
   * True if the run has come to rest, and is released once the agents of its aborted attempts have
   * stopped. Until then it still accepts commands.
   */
  get awaitsAgents(): boolean {
    return this.#awaitsAgents && !this.isReleased && this.#fold.isAtRest;
  }

  /**
   * Interrupts every attempt in flight, and every attempt that would begin while the run is paused.
   */
  stopAgents(): void {
    this.#isStoppingAgents = true;
    for (const attempt of this.attempts.values()) attempt.abort("interrupted");
  }

  /** True while attempts that the machine begins must not be dispatched. */
  get suppressesNewAttempts(): boolean {
    return this.#isStoppingAgents && RunQueries.state(this.machine) === "paused";
  }

  /** The current time in ms since the epoch; never before the latest instant in the run. */
  readonly now = (): number => this.#host.ports.clock.now() + this.#clockOffset;

  /** Starts a new run. */
  begin(): void {
    this.#fold.begin(this.now);
    this.#host.commits.schedule(this);
  }

  /**
   * Sends an event to the machine; everything that follows from it is written at the end of the
   * turn. Returns the reason if the machine refuses the event.
   */
  tell(event: WorkflowEvent, given?: ToldWith): Refusal | undefined {
    if (this.isReleased) return "wrong_state";
    if (event.type === "resume_workflow") this.#isStoppingAgents = false;
    const input = { event, given };
    if (this.#inputs.isWaiting && isOutcome(input)) {
      this.#inputs.enqueue(input);
      return undefined;
    }
    const refusal = this.#submit(input);
    if (refusal === undefined && isSteering(event))
      for (const attempt of this.attempts.values()) attempt.told?.(event);
    return refusal;
  }

  #submit(input: RunInput): Refusal | undefined {
    if ("process" in input) this.#fold.recordProcess(input.process);
    const refusal =
      "event" in input ? this.#fold.tell(input.event, this.now, input.given) : undefined;
    if (refusal === undefined) this.#inputs.add(input);
    if (this.#fold.isPending) this.#host.commits.schedule(this);
    return refusal;
  }

  /** Lets the machine decide what is due: after a timer, or when the run is resumed. */
  wake(): void {
    if (this.isReleased) return;
    try {
      this.#fold.wake(this.now);
      if (this.#fold.isPending) this.#host.commits.schedule(this);
    } catch (error) {
      this.abandon(asWorkflowError(error, this.runId));
    }
  }

  /**
   * Returns the request for a `run_step` effect; undefined if the attempt must not be dispatched.
   */
  request(stepId: string, attemptNumber: number): AttemptRequest | undefined {
    // An event in the same turn may have ended the run or revoked the attempt.
    return this.#isDetached ? undefined : this.#fold.request(stepId, attemptNumber);
  }

  /** Steps with an attempt in flight, according to the machine. */
  running(): readonly StepInfo[] {
    return this.#fold.running();
  }

  /** Steps between two attempts. */
  waiting(): readonly StepInfo[] {
    return this.#fold.waiting();
  }

  /** Settles when every event sent so far is durable. */
  durable(): Promise<void> {
    // A released run must not be written again: the row would not follow from its journal.
    if (this.#isDetached)
      return this.#failure === undefined ? Promise.resolve() : Promise.reject(this.#failure);
    if (this.isReleased) return this.#writing?.waiters.add() ?? Promise.resolve();
    this.#host.commits.schedule(this);
    return this.#waiters.add();
  }

  /**
   * Settles when the turn that is being written has been written, or when the database has not
   * answered for too long. Undefined if none is.
   */
  written(): Promise<void> | undefined {
    return this.#writing === undefined ? undefined : this.#host.commits.settled();
  }

  /** Settles when the process group is on record; rejects if the run is no longer active here. */
  recordProcess(process: Omit<AgentProcess, "runId">): Promise<void> {
    const { runId } = this;
    if (this.isReleased)
      return Promise.reject(
        new WorkflowError("engine_closed", `Run ${runId} is no longer active in this engine.`, {
          runId,
        }),
      );
    this.#submit({ process: { runId, ...process } });
    return this.durable();
  }

  // --- the commit protocol

  takeTurn(): RunWrite {
    const turn = this.#fold.turn();
    const { machine, entries, effects, run } = turn;
    const newRun = this.#newRun;
    this.#newRun = undefined;
    this.#isReleasing = run?.release === true;
    this.#awaitsAgents = !this.#isReleasing && this.attempts.size > 0 && this.#fold.isAtRest;
    const clearsFailedRecoveries =
      this.isRecovery && !this.#clearsFailedRecoveries && entries.some(isOwnOutcome);
    this.#clearsFailedRecoveries ||= clearsFailedRecoveries;
    // Callers wait until the resubmitted inputs are durable too.
    const waiters = this.#inputs.isWaiting ? new Waiters() : this.#waiters.take();
    const mark = this.#fold.mark();
    const { hasTakenResults } = turn;
    this.#writing = { machine, effects, hasTakenResults, waiters, mark, clearsFailedRecoveries };
    this.#inputs.turnTaken();
    return {
      ...(newRun !== undefined && { newRun: newRun.run }),
      definitions:
        newRun === undefined ? turn.definitions : [...newRun.definitions, ...turn.definitions],
      artifacts: turn.artifacts,
      commit: {
        runId: this.runId,
        leaseEpoch: this.lease.epoch,
        entries,
        checkpoints: turn.checkpoints,
        processes: turn.processes,
        ...(turn.cached.length > 0 && { cached: turn.cached }),
        restoresCheckpoints: turn.restoresCheckpoints,
        ...(run !== undefined && { run }),
        ...(clearsFailedRecoveries && { clearsFailedRecoveries }),
      },
    };
  }

  committed(): void {
    const { machine, effects, hasTakenResults, waiters, mark } = this.#writing as Writing;
    const afterSeq = this.#durable?.seq ?? 0;
    this.#writing = undefined;
    this.#durable = mark;
    this.#inputs.turnWritten();
    if (this.#clearsFailedRecoveries) this.#prove();
    this.#stored = machine;
    if (hasTakenResults) this.#host.hasTakenResults(this);
    this.#host.advanced(this, afterSeq, mark.seq);
    // The run may have been given up while the turn was being written.
    if (!this.#isDetached) for (const effect of effects) this.#host.perform(this, effect);
    waiters.resolve();
    if (this.#inputs.isWaiting) this.#resubmit();
    this.detachIfAtRest();
  }

  failed(error: WorkflowError): void {
    if (error.code === "internal" && this.#isolate(error)) return;
    this.#writing?.waiters.reject(error);
    this.#waiters.reject(error);
    this.#writing = undefined;
    const isLost = error.code === "database_unusable" && this.#host.isLost();
    if ((isLost || error.code === "database_full") && this.#stored !== undefined)
      void this.#pauseUnrecorded(this.#stored, error, isLost);
    else this.abandon(error);
  }

  // An outcome that the database refuses must fail its step, not the run. Returns to the last
  // durable turn and continues from there with one outcome per turn, to find the refused one.
  #isolate(error: WorkflowError): boolean {
    if (this.#isDetached || this.#durable === undefined) return false;
    const dropped = this.#inputs.turnRefused(error.message);
    if (dropped === undefined) return false;
    if (this.#writing !== undefined) this.#waiters.prepend(this.#writing.waiters);
    if (dropped.length > 0) this.#waiters.reject(error);
    if (this.#writing?.clearsFailedRecoveries === true) this.#clearsFailedRecoveries = false;
    this.#writing = undefined;
    this.#isReleasing = false;
    this.#fold.returnTo(this.#durable);
    this.#resubmit();
    return true;
  }

  #resubmit(): void {
    if (this.isReleased) {
      this.#inputs.clear();
      this.#waiters.resolve();
      return;
    }
    try {
      for (const input of this.#inputs.next()) this.#submit(input);
      if (!this.#inputs.isWaiting) this.#fold.wake(this.now);
      // Even if nothing has changed: callers and further inputs wait for the commit.
      this.#host.commits.schedule(this);
    } catch (cause) {
      const error = asWorkflowError(cause, this.runId);
      this.#waiters.reject(error);
      this.abandon(error);
    }
  }

  // --- how a run leaves the engine

  /** Releases and detaches a run at rest once the agent of every attempt has settled. */
  detachIfAtRest(): void {
    if (this.#awaitsAgents && this.attempts.size === 0 && !this.#isDetached) {
      this.#awaitsAgents = false;
      this.#host.commits.schedule(this);
    }
    if (
      this.#isDetached ||
      this.#writing !== undefined ||
      !this.#isReleasing ||
      this.attempts.size > 0 ||
      this.#fold.isPending
    )
      return;
    this.#detach();
    this.#endWith.resolve(this.#describeEnding());
  }

  /**
   * Abandons the run as a crash would: nothing more is written, and agents are stopped. They must
   * have ended when the lease ends, unless it `isKept` until they have.
   */
  abandon(error: WorkflowError, { isKept } = { isKept: false }): void {
    if (this.#isDetached) return;
    this.#failure = error;
    this.lease.isLost = !isKept;
    this.#isDetached = true;
    // Nothing more is written; a turn that is being written settles its own callers.
    this.#waiters.reject(error);
    this.#releaseAll();
    this.#detach();
    this.#endWith.reject(error);
  }

  // No journal entry can be written to a full disk or a deleted file, so only this process knows of
  // this pause; the row does not change. Agents are stopped and awaited; their outcomes are
  // refused, since they cannot be stored.
  async #pauseUnrecorded(
    stored: WorkflowMachine,
    { message, code, remedy }: WorkflowError,
    isLost: boolean,
  ): Promise<void> {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#stoppedAt = stored;
    this.lease.isLost = true;
    this.#releaseAll();
    await Promise.all([...this.attempts.values()].map((attempt) => attempt.settled));
    this.#detach();
    // A full disk can still be read: another engine may own the run by now, and may have ended it
    // differently.
    if (!isLost && !this.#host.isHeld(this)) return this.#endWith.reject(leaseLost(this.runId));
    this.#host.release(this);
    this.#endWith.resolve({
      ...this.#describeEnding(),
      status: "paused",
      error: isLost && remedy !== undefined ? `${message} ${remedy}` : message,
      errorCode: code,
    });
  }

  #releaseAll(): void {
    for (const attempt of this.attempts.values()) attempt.abort("released");
  }

  #detach(): void {
    this.#isDetached = true;
    this.#host.closed(this);
    this.#prove();
  }

  #describeEnding(): RunEnding {
    return endingOfMachine(this.runId, this.machine);
  }
}
