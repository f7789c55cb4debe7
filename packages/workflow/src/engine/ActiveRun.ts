import { failedStateId } from "@automatosx/run-view";
import type { JournalEntry, WorkflowDefinition } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import {
  Context,
  type Effect,
  Event,
  Machine,
  type Refusal,
  type RunPolicy,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { encodeEvent } from "../journal/encode-event.js";
import type { EnginePorts } from "../ports.js";
import type {
  AgentProcess,
  NewRun,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";
import type { Committer, GroupCommit, Turn } from "./GroupCommit.js";
import type { RunEnding } from "./RunEnding.js";

/** What an active run needs from the engine around it. */
export interface RunHost {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  /** Performs an effect that reaches outside, once its cause is on disk. */
  perform(run: ActiveRun, effect: Effect): void;
  /** Does what the machine asks of the definition; the outcome comes back as an event, in the same turn. */
  answer(run: ActiveRun, effect: Effect): WorkflowEvent | undefined;
  /** The run is over here: ended, paused with nothing in flight, or its storage failed. */
  closed(run: ActiveRun): void;
  /** The run is over here, and no write was possible that says so. */
  release(run: ActiveRun): void;
  /** Is the run still this engine's, by its row? */
  isHeld(run: ActiveRun): boolean;
  /** A turn was written. */
  advanced(run: ActiveRun): void;
}

/** Why an attempt is told to stop. */
export type AbortReason = "timeout" | "interrupted" | "cancelled";

/** An attempt whose agent has not settled. */
export interface Attempt {
  abort(reason: AbortReason): void;
  readonly settled: Promise<unknown>;
}

export interface RunOrigin {
  readonly runId: string;
  readonly createdAt: number;
  readonly definition: WorkflowDefinition;
  readonly machine: WorkflowMachine;
  readonly seq: number;
  /** When the entry at `seq` was accepted; the run's beginning where there is none. */
  readonly at: number;
  readonly leaseEpoch: number;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Pinned when the run is parsed; a run that is taken up has it in its journal. */
  readonly policy?: RunPolicy;
  readonly newRun?: { readonly run: NewRun; readonly definition: StoredDefinition };
  readonly checkpoint?: { readonly machine: WorkflowMachine; readonly checkpointId: string };
  readonly wasRestored?: boolean;
  /** It was taken up after a death: the first outcome that is recorded shows that it can go on. */
  readonly isRecovery?: boolean;
  /** What was found damaged and passed over when the run was read. */
  readonly problems?: readonly WorkflowError[];
}

/** Who waits for what was told so far to be on disk. */
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: WorkflowError) => void;
}

interface PendingTurn {
  readonly entries: JournalEntry[];
  readonly checkpoints: StoredCheckpoint[];
  readonly artifacts: StoredArtifact[];
  readonly processes: AgentProcess[];
  readonly restoresCheckpoints: string[];
  readonly effects: Effect[];
}

const emptyTurn = (): PendingTurn => ({
  entries: [],
  checkpoints: [],
  artifacts: [],
  processes: [],
  restoresCheckpoints: [],
  effects: [],
});

/**
 * One run in memory: feeds events to the machine, writes what was accepted, then lets the effects out. Its machine
 * always equals the fold of its journal and of the turn about to be written.
 */
export class ActiveRun implements Committer {
  readonly runId: string;
  readonly createdAt: number;
  readonly definition: WorkflowDefinition;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly ending: Promise<RunEnding>;
  /** Settles when an outcome of this engine's own is on disk, or the run is over here: its recovery did no harm. */
  readonly proven: Promise<void>;
  /** Attempts whose promise has not settled, by step id: more than the machine's while agents are being stopped. */
  readonly attempts = new Map<string, Attempt>();
  readonly policy: RunPolicy;
  readonly problems: readonly WorkflowError[];
  readonly leaseEpoch: number;
  readonly isRecovery: boolean;
  readonly #host: RunHost;
  readonly #clockOffset: number;
  #machine: WorkflowMachine;
  // As the journal has it, and as it will have it once the turn in hand is written; undefined before a new run's first.
  #stored: WorkflowMachine | undefined;
  #taken: WorkflowMachine | undefined;
  #seq: number;
  #at: number;
  #newRun: RunOrigin["newRun"];
  #checkpointBase: RunOrigin["checkpoint"];
  #wasRestored: boolean;
  #clearsFailedRecoveries = false;
  #turn = emptyTurn();
  // A turn that finds the database busy stays here for a while: until it is on disk nothing follows from it.
  #writing: { readonly effects: readonly Effect[]; readonly waiters: Waiter[] } | undefined;
  #waiters: Waiter[] = [];
  #writtenState: string | undefined;
  #prove!: () => void;
  // A checkpoint is written while the machine is told of it: whose wish it was is known from who tells.
  #isByHand = false;
  #isStoppingAgents = false;
  #isReleasing = false;
  #isDetached = false;
  #failure: WorkflowError | undefined;
  #endWith!: { resolve: (ending: RunEnding) => void; reject: (error: WorkflowError) => void };

  constructor(origin: RunOrigin, host: RunHost) {
    this.runId = origin.runId;
    this.createdAt = origin.createdAt;
    this.definition = origin.definition;
    this.inputs = origin.inputs;
    this.#host = host;
    this.#machine = origin.machine;
    this.#seq = origin.seq;
    this.#at = origin.at;
    this.policy = origin.policy ?? {};
    this.problems = origin.problems ?? [];
    this.leaseEpoch = origin.leaseEpoch;
    this.#newRun = origin.newRun;
    this.#checkpointBase = origin.checkpoint;
    this.#wasRestored = origin.wasRestored ?? false;
    this.isRecovery = origin.isRecovery ?? false;
    this.#writtenState = origin.newRun === undefined ? Machine.state(origin.machine) : undefined;
    this.#stored = origin.newRun === undefined ? origin.machine : undefined;
    // A wall clock that went back since the run was written must not keep its timers waiting.
    this.#clockOffset = Math.max(
      0,
      Context.now(Machine.context(origin.machine)) - host.ports.clock.now(),
    );
    this.ending = new Promise((resolve, reject) => {
      this.#endWith = { resolve, reject };
    });
    this.proven = new Promise((resolve) => {
      this.#prove = resolve;
    });
    // Whoever asks for the ending hears of it; a run that no one asks about must not end the process.
    this.ending.catch(() => undefined);
  }

  get machine(): WorkflowMachine {
    return this.#machine;
  }

  get isDetached(): boolean {
    return this.#isDetached;
  }

  /** It has ended, or is paused with nothing in flight, and was given back with that: nothing more is written, though agents may still be stopping. */
  get isReleased(): boolean {
    return this.#isDetached || this.#isReleasing;
  }

  /** Has every attempt in flight stop, to be tried again at no cost of a retry, and those that are about to begin while the run is paused. */
  stopAgents(): void {
    this.#isStoppingAgents = true;
    for (const attempt of this.attempts.values()) attempt.abort("interrupted");
  }

  /** Is an attempt that the machine has begun not to begin after all? */
  get suppressesNewAttempts(): boolean {
    return this.#isStoppingAgents && Machine.state(this.#machine) === "paused";
  }

  /** Ms since the epoch; never before what the run has seen. */
  now(): number {
    return this.#host.ports.clock.now() + this.#clockOffset;
  }

  /**
   * Tells the machine. Answers the reason when it declines; what follows from an accepted event is told at once,
   * and all of it is written at the end of the turn. `resultText` is the JSON text of a completed step's result.
   */
  tell(event: WorkflowEvent, resultText?: string): Refusal | undefined {
    if (this.isReleased) return "wrong_state";
    this.#isByHand = event.type === "create_checkpoint";
    if (event.type === "resume_workflow") this.#isStoppingAgents = false;
    const refusal = this.#accept(event, resultText);
    this.#isByHand = false;
    if (this.#turn.entries.length > 0 || this.#newRun !== undefined)
      this.#host.commits.schedule(this);
    return refusal;
  }

  /** Asks the machine what is to be done where it stands: after a timer, or when the run is taken up again. */
  wake(): void {
    if (this.isReleased) return;
    this.#release(Machine.wake(this.#machine, this.now()));
    if (this.#turn.entries.length > 0) this.#host.commits.schedule(this);
  }

  /** Settles when everything told so far is on disk. */
  durable(): Promise<void> {
    // Over here, it stands as it is stored: a turn more would write a row that follows from nothing in the journal.
    if (this.#isDetached)
      return this.#failure === undefined ? Promise.resolve() : Promise.reject(this.#failure);
    if (this.isReleased && this.#writing === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      (this.isReleased ? this.#writing?.waiters : this.#waiters)?.push({ resolve, reject });
      if (!this.isReleased) this.#host.commits.schedule(this);
    });
  }

  /** Settles when it is on disk; rejects when the run is not this engine's any more. */
  recordProcess(process: AgentProcess): Promise<void> {
    if (this.isReleased)
      return Promise.reject(
        new WorkflowError("engine_closed", `Run ${this.runId} was left.`, { runId: this.runId }),
      );
    this.#turn.processes.push(process);
    return this.durable();
  }

  #accept(event: WorkflowEvent, resultText?: string): Refusal | undefined {
    const before = this.#machine;
    const at = this.now();
    const outcome = Machine.transition(before, event, at);
    if (!outcome.ok) return outcome.reason;
    this.#machine = outcome.machine;
    if (outcome.machine !== before) this.#record(event, before, at, resultText);
    this.#release(outcome.effects);
    return undefined;
  }

  #record(event: WorkflowEvent, before: WorkflowMachine, at: number, resultText?: string): void {
    const { entry, artifact } = encodeEvent(
      event,
      Machine.context(before),
      Machine.context(this.#machine),
      resultText,
    );
    this.#seq += 1;
    this.#at = at;
    this.#turn.entries.push({ ...entry, runId: this.runId, seq: this.#seq, at });
    if (artifact !== undefined) this.#turn.artifacts.push(artifact);
    if (event.type !== "restore_checkpoint") return;
    this.#wasRestored = true;
    const { checkpointId } = event.checkpointData;
    if (checkpointId !== failedStateId(this.runId))
      this.#turn.restoresCheckpoints.push(checkpointId);
  }

  // What stays inside the turn is done now; what reaches outside waits for the commit.
  #release(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const answer = this.#answer(effect);
      if (answer === undefined) continue;
      const refusal = this.#accept(answer);
      if (refusal !== undefined)
        throw new WorkflowError(
          "internal",
          `The machine declined its own ${Event.toString(answer)}: ${refusal}.`,
        );
    }
  }

  #answer(effect: Effect): WorkflowEvent | undefined {
    switch (effect.type) {
      case "tell":
        return effect.event;
      case "gather_results":
        return {
          type: "results_aggregated",
          results: Context.results(Machine.context(this.#machine)),
        };
      case "write_checkpoint":
        return this.#writeCheckpoint(effect.name);
      case "parse_definition":
      case "validate_definition":
      case "build_dependency_graph":
      case "schedule_batches":
        return this.#host.answer(this, effect);
      case "run_step":
      case "start_later":
      case "abort_steps":
      case "finish_run":
        this.#turn.effects.push(effect);
        return undefined;
    }
  }

  #writeCheckpoint(name: string | undefined): WorkflowEvent {
    const checkpointId = this.#host.ports.ids.next();
    // Nothing but a step's own key gives the machine a name.
    const kind = this.#isByHand ? "manual" : name === undefined ? "automatic" : "step";
    const checkpoint = CheckpointManager.describe({
      checkpointId,
      runId: this.runId,
      machine: this.#machine,
      seq: this.#seq,
      kind,
      createdAt: this.now(),
      withResults: this.#wasRestored,
      ...(name !== undefined && { name }),
      ...(this.#checkpointBase !== undefined && { base: this.#checkpointBase }),
    });
    this.#turn.checkpoints.push(checkpoint);
    this.#checkpointBase = { machine: this.#machine, checkpointId };
    return { type: "checkpoint_created", checkpointId, ...(name !== undefined && { name }) };
  }

  // --- the commit's side

  takeTurn(): Turn {
    const { entries, checkpoints, artifacts, processes, restoresCheckpoints, effects } = this.#turn;
    this.#turn = emptyTurn();
    this.#writing = { effects, waiters: this.#waiters };
    this.#waiters = [];
    this.#taken = this.#machine;
    const newRun = this.#newRun;
    this.#newRun = undefined;
    const state = Machine.state(this.#machine);
    const context = Machine.context(this.#machine);
    this.#isReleasing =
      State.isTerminal(state) || (state === "paused" && Context.inFlightCount(context) === 0);
    const [error, errorCode] = [Context.error(context), Context.errorCode(context)];
    const run = {
      state,
      status: statusOf(state),
      // Of the journal's last entry, not of the writing: so the row can be checked against its journal.
      updatedAt: this.#at,
      ...(error !== undefined && { error }),
      ...(errorCode !== undefined && { errorCode }),
      ...(State.isTerminal(state) && { finishedAt: this.#at }),
      ...(this.#isReleasing && { release: true }),
    };
    const isChanged = state !== this.#writtenState || this.#isReleasing;
    this.#writtenState = state;
    const clearsFailedRecoveries =
      this.isRecovery && !this.#clearsFailedRecoveries && entries.some(isOwnOutcome);
    this.#clearsFailedRecoveries ||= clearsFailedRecoveries;
    return {
      ...(newRun !== undefined && { newRun: newRun.run, definition: newRun.definition }),
      artifacts,
      commit: {
        runId: this.runId,
        leaseEpoch: this.leaseEpoch,
        entries,
        checkpoints,
        processes,
        restoresCheckpoints,
        ...(clearsFailedRecoveries && { clearsFailedRecoveries }),
        ...(isChanged && { run }),
      },
    };
  }

  committed(): void {
    const { effects, waiters } = this.#writing ?? { effects: [], waiters: [] };
    this.#writing = undefined;
    if (this.#clearsFailedRecoveries) this.#prove();
    this.#stored = this.#taken;
    this.#host.advanced(this);
    for (const effect of effects) this.#host.perform(this, effect);
    for (const waiter of waiters) waiter.resolve();
    this.closeIfOver();
  }

  failed(error: WorkflowError): void {
    for (const waiter of [...(this.#writing?.waiters ?? []), ...this.#waiters])
      waiter.reject(error);
    this.#writing = undefined;
    this.#waiters = [];
    if (error.code === "database_full" && this.#stored !== undefined)
      void this.#hold(this.#stored, error);
    else this.abandon(error);
  }

  /** Closes a run that has ended, or is paused, once no attempt is alive any more. */
  closeIfOver(): void {
    if (
      this.#isDetached ||
      this.#writing !== undefined ||
      !this.#isReleasing ||
      this.attempts.size > 0 ||
      this.#turn.entries.length > 0
    )
      return;
    this.#isDetached = true;
    this.#host.closed(this);
    this.#prove();
    this.#endWith.resolve(this.#describeEnding());
  }

  /** Leaves the run as a crash would: nothing more is written, agents are stopped, another engine can take it up. */
  abandon(error: WorkflowError): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#failure = error;
    for (const attempt of this.attempts.values()) attempt.abort("interrupted");
    this.#host.closed(this);
    this.#prove();
    this.#endWith.reject(error);
  }

  // A full disk takes no journal entry that says so: the pause is this process's word, and the run stands as it is stored,
  // which is what was told. Agents are stopped and awaited, and their outcomes declined, since they could not be kept.
  async #hold(stored: WorkflowMachine, { message, code }: WorkflowError): Promise<void> {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#machine = stored;
    for (const attempt of this.attempts.values()) attempt.abort("interrupted");
    await Promise.all([...this.attempts.values()].map((attempt) => attempt.settled));
    this.#host.closed(this);
    this.#prove();
    // A disk that takes nothing can still be read: another engine may have the run, and have brought it to another end.
    if (!this.#host.isHeld(this)) return this.#endWith.reject(lost(this.runId));
    this.#host.release(this);
    this.#endWith.resolve({
      ...this.#describeEnding(),
      status: "paused",
      error: message,
      errorCode: code,
    });
  }

  #describeEnding(): RunEnding {
    const context = Machine.context(this.#machine);
    const [error, errorCode] = [Context.error(context), Context.errorCode(context)];
    return {
      runId: this.runId,
      status: statusOf(Machine.state(this.#machine)) as RunEnding["status"],
      results: Context.results(context),
      metrics: Context.metrics(context),
      ...(error !== undefined && { error }),
      ...(errorCode !== undefined && { errorCode }),
    };
  }
}

function lost(runId: string): WorkflowError {
  return new WorkflowError("lease_lost", `Run ${runId} was taken over by another engine.`, {
    runId,
    remedy: "Nothing is to be done: whoever holds it goes on with it.",
  });
}

// An attempt that was lost with an engine is no sign that the run can go on.
function isOwnOutcome({ type, payload }: JournalEntry): boolean {
  return (
    type === "step_completed" ||
    (type === "step_failed" && !payload.includes('"reason":"interrupted"'))
  );
}
