import { failedStateId, isReplant } from "@automatosx/run-view";
import { CheckpointManager, resultsToKeep } from "../checkpoint/CheckpointManager.js";
import {
  type Effect,
  Event,
  Machine,
  type Refusal,
  RunQueries,
  State,
  type StepInfo,
  type StepStatus,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { encodeEvent } from "../journal/encode-event.js";
import type { Ids } from "../ports.js";
import type { AgentProcess } from "../storage/StoragePort.js";
import { answerFromDefinition } from "./answer-from-definition.js";
import { type AttemptRequest, requestOf } from "./attempt-request.js";
import { CacheRows } from "./CacheRows.js";
import { changedStart } from "./changed-start.js";
import type { FoldMark, FoldOptions, FoldPosition, SavedFold, ToldWith } from "./FoldPosition.js";
import type { ForkBeginning } from "./ForkBeginning.js";
import { isOwnStep } from "./own-step.js";
import type { RunStart } from "./RunStart.js";
import { beginningOf, preparedMachine } from "./run-beginning.js";
import { rowOf } from "./run-row.js";
import {
  emptyTurn,
  lengthsOf,
  type OutsideEffect,
  setLengths,
  type Turn,
  truncate,
} from "./Turn.js";

export type { FoldMark, FoldOptions, FoldPosition, SavedFold, ToldWith } from "./FoldPosition.js";

/**
 * The instant of an event, in ms since the epoch. Everything that follows from the event happens at
 * the same instant or, if this is a function, at the instant that it returns for each journal
 * entry.
 */
export type Instant = number | (() => number);

/**
 * One run: the machine together with the code that turns its events into journal rows. It does no
 * I/O and uses neither a clock nor randomness: instants come with each event, checkpoint ids from
 * `ids`. The same calls therefore produce the same turns on every host and on every replay.
 *
 * A host sends it events, takes the turn, makes the turn durable, and only then performs its
 * effects.
 */
export class RunFold {
  #start: RunStart;
  readonly #ids: Ids;
  #machine: WorkflowMachine;
  #seq: number;
  #at: number;
  #checkpoint: FoldPosition["checkpoint"];
  #wasRestored: boolean;
  /** The state in the run's row; undefined before the first turn of a new run. */
  #rowState: string | undefined;
  #pending = emptyTurn();
  /** The state before the event that is being handled, and the decisions of the turn until then. */
  readonly #undoPoint: { -readonly [Key in keyof FoldMark]: FoldMark[Key] };
  readonly #lengths = lengthsOf(this.#pending);

  readonly #onlyRecords: boolean;
  readonly #leaves: boolean;
  readonly #staysAwake: () => boolean;
  readonly #isStopping: () => boolean;
  readonly #fork: ForkBeginning | undefined;
  readonly #cacheRows = new CacheRows();

  /** Creates the fold of a new run, or of a run that continues at `position`. */
  constructor(start: RunStart, ids: Ids, position?: FoldPosition, options: FoldOptions = {}) {
    const { onlyRecords = false, leaves = false } = options;
    const { staysAwake = never, isStopping = never, fork } = options;
    this.#start = start;
    this.#fork = fork;
    this.#onlyRecords = onlyRecords;
    this.#leaves = leaves;
    this.#staysAwake = staysAwake;
    this.#isStopping = isStopping;
    this.#ids = ids;
    this.#machine = position?.machine ?? Machine.make(start.createdAt);
    this.#seq = position?.seq ?? 0;
    this.#at = position?.at ?? start.createdAt;
    this.#checkpoint = position?.checkpoint;
    this.#wasRestored = position?.wasRestored ?? false;
    this.#rowState = position === undefined ? undefined : RunQueries.state(position.machine);
    this.#undoPoint = this.mark();
  }

  /**
   * Recreates a fold of the same run from the data that `save` returned, and from its `start` at
   * that time.
   */
  static restore(start: RunStart, ids: Ids, saved: SavedFold, options: FoldOptions = {}): RunFold {
    const { snapshot, begunAt, seq, at, wasRestored } = saved;
    const machine = Machine.fastForward(preparedMachine(start, begunAt), [snapshot]);
    return new RunFold(start, ids, { machine, seq, at, wasRestored }, options);
  }

  /** The definition, inputs and context that the run has now, and what never changes. */
  get start(): RunStart {
    return this.#start;
  }

  /** The machine after every event so far, durable or not. */
  get machine(): WorkflowMachine {
    return this.#machine;
  }

  /** True if the next turn has something to write, or to do outside the run. */
  get isPending(): boolean {
    const { effects, entries, processes } = this.#pending;
    return entries.length > 0 || processes.length > 0 || effects.length > 0;
  }

  /** True if the run has ended, or has paused with no attempt in flight. */
  get isAtRest(): boolean {
    const state = RunQueries.state(this.#machine);
    return (
      State.isTerminal(state) ||
      (state === "paused" && RunQueries.inFlightCount(this.#machine) === 0)
    );
  }

  /** Starts a new run: parses it and makes its first steps ready. */
  begin(at: Instant): Refusal | undefined {
    return this.tell(beginningOf(this.#start), at);
  }

  /**
   * Sends the machine an event that happened at `at`, then every event that follows from it within
   * the turn. Returns the reason if the machine refuses the event; then nothing has changed.
   */
  tell(event: WorkflowEvent, at: Instant, given: ToldWith = NOTHING_WITH_IT): Refusal | undefined {
    this.#setUndoPoint();
    try {
      const refusal = this.#accept(event, asFunction(at), given);
      if (refusal === undefined && given.artifacts !== undefined)
        this.#pending.artifacts.push(...given.artifacts);
      return refusal;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** Lets the machine decide what is due at `at`: after a timer, or when the run continues. */
  wake(at: Instant): void {
    const now = asFunction(at);
    this.#setUndoPoint();
    try {
      this.#follow(Machine.wake(this.#machine, now()), now);
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** The state between two turns, for `returnTo`. Take the pending turn first. */
  mark(): FoldMark {
    return {
      machine: this.#machine,
      seq: this.#seq,
      at: this.#at,
      checkpoint: this.#checkpoint,
      wasRestored: this.#wasRestored,
      rowState: this.#rowState,
      start: this.#start,
    };
  }

  /**
   * Returns to an earlier state and drops every decision since, for a turn that was not written.
   */
  returnTo(mark: FoldMark): void {
    this.#restore(mark);
    this.#pending = emptyTurn();
  }

  /** Adds a process group to the turn. */
  recordProcess(process: AgentProcess): void {
    this.#pending.processes.push(process);
  }

  /**
   * Returns the decisions since the last turn, possibly none. See `Turn` for the host's
   * obligations.
   */
  turn(): Turn {
    const turn = this.#pending;
    this.#pending = emptyTurn();
    const run = this.#changedRow();
    const machine = this.#machine;
    return Object.assign(turn, run === undefined ? { machine } : { machine, run });
  }

  /**
   * Returns the request for a `run_step` effect; undefined if that attempt is no longer running.
   */
  request(stepId: string, attemptNumber: number): AttemptRequest | undefined {
    return requestOf(this.#start, this.#machine, stepId, attemptNumber);
  }

  /** Steps with an attempt in flight. */
  running(): readonly StepInfo[] {
    return this.#stepsWithStatus("running");
  }

  /** Steps between two attempts; `retryAt` says when the next one is due. */
  waiting(): readonly StepInfo[] {
    return this.#stepsWithStatus("waiting");
  }

  /**
   * Returns the fold as plain data. Take and keep the pending turn first: it is not part of this
   * data.
   */
  save(): SavedFold {
    if (this.isPending)
      throw new WorkflowError("internal", `Run ${this.#start.runId} was saved in mid-turn.`);
    return {
      begunAt: RunQueries.metrics(this.#machine).startTime,
      seq: this.#seq,
      at: this.#at,
      wasRestored: this.#wasRestored,
      snapshot: Machine.snapshot(this.#machine, undefined),
    };
  }

  // An event either has all of its consequences or none: an entry or a checkpoint that cannot be
  // encoded must not leave the machine ahead of its journal. One undo point is enough, since the
  // fold handles one event at a time; a new one for each event would cost a chain a few percent.
  #setUndoPoint(): void {
    const undo = this.#undoPoint;
    undo.machine = this.#machine;
    undo.seq = this.#seq;
    undo.at = this.#at;
    undo.checkpoint = this.#checkpoint;
    undo.wasRestored = this.#wasRestored;
    undo.rowState = this.#rowState;
    undo.start = this.#start;
    setLengths(this.#lengths, this.#pending);
  }

  #undo(): void {
    this.#restore(this.#undoPoint);
    truncate(this.#pending, this.#lengths);
  }

  #restore({ machine, seq, at, checkpoint, wasRestored, rowState, start }: FoldMark): void {
    this.#start = start;
    this.#machine = machine;
    this.#seq = seq;
    this.#at = at;
    this.#checkpoint = checkpoint;
    this.#wasRestored = wasRestored;
    this.#rowState = rowState;
  }

  #stepsWithStatus(status: StepStatus): readonly StepInfo[] {
    const ids = RunQueries.stepsWithStatus(this.#machine, status);
    return ids.flatMap((id) => RunQueries.step(this.#machine, id) ?? []);
  }

  #accept(
    event: WorkflowEvent,
    now: () => number,
    given: ToldWith = NOTHING_WITH_IT,
  ): Refusal | undefined {
    const before = this.#machine;
    const at = now();
    const outcome = Machine.transition(before, event, at);
    if (!outcome.ok) return outcome.reason;
    this.#machine = outcome.machine;
    if (outcome.machine !== before) this.#record(event, before, at, given);
    this.#follow(outcome.effects, now);
    return undefined;
  }

  #record(event: WorkflowEvent, before: WorkflowMachine, at: number, given: ToldWith): void {
    const { runId, definition } = this.#start;
    const isPlain = definition.language === undefined;
    const encoded = encodeEvent(event, before, this.#machine, given.resultText, isPlain);
    const { entry, artifact, secondArtifact } = encoded;
    this.#seq += 1;
    this.#at = at;
    this.#pending.entries.push({ ...entry, runId, seq: this.#seq, at });
    if (artifact !== undefined) this.#pending.artifacts.push(artifact);
    if (secondArtifact !== undefined) this.#pending.artifacts.push(secondArtifact);
    if (!isPlain) {
      if (entry.payload.includes('"taken":[')) this.#pending.hasTakenResults = true;
      const accepted = { event, seq: this.#seq, before, after: this.#machine };
      const row = this.#cacheRows.rowFor(accepted, definition);
      if (row !== undefined) this.#pending.cached = [...this.#pending.cached, { ...row, at }];
    }
    if (event.type === "restore_checkpoint") this.#noteRestore(event.checkpointData.checkpointId);
    else if (isReplant(event)) this.#noteReplant(event, given);
  }

  #noteRestore(checkpointId: string): void {
    this.#wasRestored = true;
    this.#pending.hasTakenResults = true;
    // The state in which this run failed, or that it was forked from, is no stored checkpoint.
    const isStored = checkpointId !== failedStateId(this.#start.runId) && this.#fork === undefined;
    if (isStored) this.#pending.restoresCheckpoints.push(checkpointId);
  }

  // The instances of steps are created again, so the next checkpoint cannot be a difference from an
  // earlier one. It contains all results: some of them are not those of the latest attempts.
  #noteReplant(event: WorkflowEvent, { definition }: ToldWith): void {
    this.#wasRestored = true;
    this.#pending.hasTakenResults = true;
    this.#checkpoint = undefined;
    if (event.type !== "definition_changed") return;
    if (definition === undefined)
      throw new WorkflowError("internal", "A definition was changed without the new one.");
    this.#start = changedStart(this.#start, event, definition);
    this.#pending.definitions = [...this.#pending.definitions, definition];
  }

  // Effects inside the run happen now; effects that reach outside wait until the turn is durable.
  #follow(effects: readonly Effect[], now: () => number): void {
    for (const effect of effects) {
      if (isOutside(effect)) {
        this.#pending.effects.push(effect);
        continue;
      }
      if (effect.type === "tell" && this.#isPutOff(effect.event)) continue;
      const change = this.#fork?.changeBefore(effect);
      if (change !== undefined) {
        // The machine then tells itself again what it is about to do.
        this.#acceptOwn(change.event, now, change);
        continue;
      }
      const answer = this.#answer(effect, now);
      const refusal = this.#accept(answer, now);
      // An instant may have been reached between the decision to pause and the pause.
      if (refusal === "not_due" && answer.type === "pause_workflow")
        this.#follow(Machine.wake(this.#machine, now()), now);
      else if (refusal !== undefined) throw refusedOwn(answer, refusal);
    }
  }

  #acceptOwn(event: WorkflowEvent, now: () => number, given: ToldWith): void {
    const refusal = this.#accept(event, now, given);
    if (refusal !== undefined) throw refusedOwn(event, refusal);
  }

  #isPutOff(event: WorkflowEvent): boolean {
    return this.#onlyRecords
      ? isOwnStep(event)
      : event.type === "pause_workflow" && this.#staysAwake();
  }

  #answer(effect: Exclude<Effect, OutsideEffect>, now: () => number): WorkflowEvent {
    switch (effect.type) {
      case "tell":
        return effect.event;
      case "gather_results": {
        const results = RunQueries.results(this.#machine);
        return { type: "results_aggregated", results };
      }
      case "write_checkpoint":
        return this.#writeCheckpoint(effect, now());
      default:
        return (this.#fork?.answer(effect) ??
          answerFromDefinition(this.#start, effect)) as WorkflowEvent;
    }
  }

  #writeCheckpoint(
    { kind, name }: Extract<Effect, { readonly type: "write_checkpoint" }>,
    createdAt: number,
  ): WorkflowEvent {
    const checkpointId = this.#ids.next();
    const checkpoint = CheckpointManager.describe({
      checkpointId,
      runId: this.#start.runId,
      machine: this.#machine,
      seq: this.#seq,
      kind,
      createdAt,
      ...resultsToKeep(this.#start.definition, this.#wasRestored),
      ...(name !== undefined && { name }),
      ...(this.#checkpoint !== undefined && { base: this.#checkpoint }),
    });
    this.#pending.checkpoints.push(checkpoint);
    this.#checkpoint = { machine: this.#machine, checkpointId };
    return { type: "checkpoint_created", checkpointId, ...(name !== undefined && { name }) };
  }

  // The row to write: present if the state has changed or the run comes to rest.
  #changedRow(): Turn["run"] {
    const state = RunQueries.state(this.#machine);
    const { isAtRest } = this;
    const mayLeave = this.#leaves || (isAtRest && !(isResumable(state) && this.#isStopping()));
    if (state === this.#rowState && !mayLeave) return undefined;
    this.#rowState = state;
    return rowOf(this.#machine, this.#at, mayLeave);
  }
}

const NOTHING_WITH_IT: ToldWith = {};

const never = (): boolean => false;

// Another engine may start its steps again as soon as the run has no owner.
const isResumable = (state: string): boolean => state === "paused" || state === "failed";

function refusedOwn(event: WorkflowEvent, refusal: Refusal): WorkflowError {
  const message = `The machine refused its own event ${Event.toString(event)}: ${refusal}.`;
  return new WorkflowError("internal", message);
}

function asFunction(at: Instant): () => number {
  return typeof at === "number" ? () => at : at;
}

function isOutside(effect: Effect): effect is OutsideEffect {
  switch (effect.type) {
    case "run_step":
    case "start_later":
    case "wake_at":
    case "abort_steps":
    case "ask":
    case "finish_run":
      return true;
    default:
      return false;
  }
}
