import {
  type BudgetReport,
  type CheckpointData,
  type CheckpointInfo,
  Machine,
  type MachineSnapshot,
  type Metrics,
  RunQueries,
  type RunStop,
  State,
  type StepCause,
  type StepInfo,
  type StepSnapshot,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import type { JournalEntry, RunEvent, RunStatus, StepAttempt } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import { ActiveSteps } from "./ActiveSteps.js";
import { AttemptHistory } from "./AttemptHistory.js";
import { decodeEvent, type JournalReferences, type RunOrigin } from "./decode-event.js";
import { JournalError } from "./JournalError.js";
import { preparedWith } from "./prepared-machine.js";
import { type AcceptedEvent, projectEvents } from "./project-events.js";
import { type Rerun, RerunHistory } from "./RerunHistory.js";
import { isReplant } from "./replant-changes.js";
import { type TimeSpent, WorkTime } from "./WorkTime.js";

/** The number of steps with each status. Steps not counted here are pending or ready. */
export interface StepCounts {
  /** The steps without inner steps that are known so far; items of fan-outs count once begun. */
  readonly total: number;
  /** Steps with an attempt in flight. */
  readonly running: number;
  /** Steps that wait for their next attempt. */
  readonly waiting: number;
  /** Steps that wait for an answer, a signal, an instant, a check or a run of their own. */
  readonly open: number;
  /** Steps whose last attempt may have taken effect. */
  readonly unknown: number;
  /** Steps with a result. */
  readonly completed: number;
  /** Steps that failed. */
  readonly failed: number;
  /** Steps that were skipped because another one failed. */
  readonly skipped: number;
  /** Steps that were cancelled with the run. */
  readonly cancelled: number;
}

/** A position in a journal that a view can jump to instead of applying the entries before it. */
export interface JournalPosition {
  /**
   * The snapshots that produce the state at this position: a full one, then the differences in
   * order.
   */
  readonly snapshots: readonly MachineSnapshot[];
  /** The sequence number of the last entry that the snapshots cover. */
  readonly seq: number;
  /** When that entry was accepted, in ms since the epoch. */
  readonly at: number;
}

/**
 * The state of a run up to the last journal entry read: the engine's own state machine, rebuilt
 * from the same events. A view does no I/O: the command line feeds it from a database, a web page
 * from a server.
 *
 * ```ts
 * const view = new RunView(origin, { artifact: () => null });
 * for (const entry of journal) for (const event of view.apply(entry)) show(event);
 * view.status; // "completed"
 * ```
 */
export class RunView {
  /** What the run started with. */
  readonly origin: RunOrigin;
  readonly #given: Pick<JournalReferences, "artifact"> & Partial<JournalReferences>;
  readonly #references: JournalReferences;
  #attempts = new AttemptHistory();
  #workTime: WorkTime;
  #reruns = new RerunHistory();
  readonly #checkpoints: Map<string, WorkflowMachine> | undefined;
  #active: ActiveSteps | undefined;
  #machine: WorkflowMachine;
  #seq = 0;
  #at: number;
  #wasRestored = false;
  /** What skipped entries have made of the definition: snapshots are loaded into it. */
  #prepared: WorkflowMachine | undefined;

  /**
   * Creates the view of a run whose journal has not been read yet. Without `references.checkpoint`,
   * the view keeps the run's state at every checkpoint that it sees created.
   */
  constructor(
    origin: RunOrigin,
    references: Pick<JournalReferences, "artifact"> & Partial<JournalReferences>,
  ) {
    this.origin = origin;
    this.#given = references;
    this.#machine = Machine.make(origin.createdAt);
    this.#at = origin.createdAt;
    this.#workTime = new WorkTime(origin.createdAt);
    this.#checkpoints = references.checkpoint === undefined ? new Map() : undefined;
    this.#references = {
      artifact: (sha256) => references.artifact(sha256),
      definition: (hash) => references.definition?.(hash),
      checkpoint: (checkpointId, completed) => {
        if (checkpointId === failedStateId(origin.runId))
          return {
            ...RunQueries.checkpointData(this.#machine, checkpointId),
            completedSteps: [...completed],
          };
        return references.checkpoint === undefined
          ? this.#remembered(checkpointId)
          : references.checkpoint(checkpointId, completed);
      },
    };
  }

  /**
   * Applies the next journal entry and returns the events that observers see.
   *
   * @throws JournalError if the entry is not the next one, cannot be read, or is refused by the
   * machine
   */
  apply(entry: JournalEntry): readonly RunEvent[] {
    const accepted = this.fold(entry);
    const { before, after } = accepted;
    if (isReplant(accepted.event)) return projectEvents(accepted, []);
    const changed = RunQueries.changedSteps(after, before);
    this.#active?.follow(before, changed, after);
    return projectEvents(accepted, changed);
  }

  /** Like `apply`, but faster, because it does not compute the events that observers see. */
  fold(entry: JournalEntry): AcceptedEvent {
    const { runId, seq, at, type } = entry;
    if (seq !== this.#seq + 1)
      throw new JournalError(entry, "unreadable", `is not the next one, ${this.#seq + 1}`);
    const before = this.#machine;
    const event = decodeEvent(entry, before, this.origin, this.#references);
    const outcome = Machine.transition(before, event, at);
    if (!outcome.ok)
      throw new JournalError(
        entry,
        "refused",
        `does not fit the state \`${outcome.state}\`: ${outcome.reason}`,
      );
    const { machine: after, effects } = outcome;
    const accepted = { runId, seq, at, event, before, after, effects };
    this.#machine = after;
    this.#seq = seq;
    this.#at = at;
    this.#wasRestored ||= type === "restore_checkpoint" || isReplant(event);
    this.#prepared = undefined;
    // A replant creates the instances of steps again, so they cannot be compared by their numbers.
    if (isReplant(event)) this.#active = undefined;
    this.#attempts.record(accepted);
    this.#workTime.add(entry);
    this.#reruns.add(entry);
    if (event.type === "checkpoint_created") this.#checkpoints?.set(event.checkpointId, after);
    return accepted;
  }

  /**
   * Returns a view at the same position. Each is then independent of the other. The cost depends on
   * how many attempts have failed, not on how many entries were applied.
   */
  copy(): RunView {
    const copy = new RunView(this.origin, this.#given);
    copy.#attempts = this.#attempts.copy();
    copy.#workTime = this.#workTime.copy();
    copy.#reruns = this.#reruns.copy();
    for (const [id, machine] of this.#checkpoints ?? []) copy.#checkpoints?.set(id, machine);
    copy.#machine = this.#machine;
    copy.#prepared = this.#prepared;
    copy.#seq = this.#seq;
    copy.#at = this.#at;
    copy.#wasRestored = this.#wasRestored;
    return copy;
  }

  /**
   * Jumps to a later position in the journal. The view must have applied the entries up to
   * `graph_built`. For the skipped entries, `attempts` contains only each step's latest attempt.
   * `timeSpent` knows only those that were passed to `skip`.
   */
  fastForward({ snapshots, seq, at }: JournalPosition): void {
    this.#machine = Machine.fastForward(this.#prepared ?? this.#machine, [...snapshots]);
    this.#prepared = undefined;
    this.#seq = seq;
    this.#at = at;
  }

  /**
   * Notes the time of the next entry, which a later `fastForward` skips, and the definition that
   * the run has from then on. The entry may be applied after all.
   *
   * @throws JournalError `unreadable`
   */
  skip(entry: JournalEntry): void {
    this.#workTime.add(entry);
    this.#reruns.add(entry);
    if (entry.type !== "definition_changed") return;
    const machine = this.#prepared ?? this.#machine;
    const event = decodeEvent(entry, machine, this.origin, this.#references);
    if (event.type === "definition_changed") this.#prepared = preparedWith(machine, event);
  }

  /** The engine's machine, for details that the view does not expose. */
  get machine(): WorkflowMachine {
    return this.#machine;
  }

  /** The sequence number of the last applied entry; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * When the last entry was accepted, in ms since the epoch; before the first entry, when the run
   * was created.
   */
  get at(): number {
    return this.#at;
  }

  /** The exact state of the run. */
  get state(): WorkflowState {
    return RunQueries.state(this.#machine);
  }

  /** The run's status: the state in coarse terms. */
  get status(): RunStatus {
    return statusOf(this.state);
  }

  /**
   * Why the run is paused: it waits for people, signals or unknown outcomes, its budget is used up,
   * or a person `asked` for it. Undefined if it is not paused.
   */
  get pausedFor(): "waiting" | "budget" | "asked" | undefined {
    if (this.status !== "paused") return undefined;
    return RunQueries.pausedFor(this.#machine) ?? "asked";
  }

  /** The stop that ends or has ended the run: its path, and why. Undefined if there is none. */
  get stopped(): RunStop | undefined {
    return RunQueries.stopped(this.#machine);
  }

  /**
   * What the run has used of its budget. Undefined if it has no budget and no agent has reported
   * anything.
   */
  budget(): BudgetReport | undefined {
    return RunQueries.budget(this.#machine);
  }

  /** True once the run is completed, failed or cancelled. */
  get hasEnded(): boolean {
    return State.isTerminal(this.state);
  }

  /** Why the run failed. */
  get error(): string | undefined {
    return RunQueries.error(this.#machine);
  }

  /** The code of `error`: `step_failed`. */
  get errorCode(): string | undefined {
    return RunQueries.errorCode(this.#machine);
  }

  /**
   * True if the run was restored from a checkpoint, or went back because a result or the definition
   * was changed; a completed step may then have another result than its latest attempt gave.
   */
  get wasRestored(): boolean {
    return this.#wasRestored;
  }

  /** True once the steps and their graph are known, so that `fastForward` can be called. */
  get hasGraph(): boolean {
    return RunQueries.graph(this.#machine) !== undefined;
  }

  /**
   * The ids of the steps in batches: the steps of a batch depend only on those of earlier ones.
   * Empty before the graph is built.
   */
  get executionOrder(): readonly (readonly string[])[] {
    return RunQueries.graph(this.#machine)?.executionOrder ?? [];
  }

  /**
   * Every step with its definition and progress, in definition order; empty before the definition
   * is parsed.
   */
  steps(): readonly StepInfo[] {
    return RunQueries.steps(this.#machine);
  }

  /** One step; `undefined` if the workflow has no such step or has not been parsed yet. */
  step(stepId: string): StepInfo | undefined {
    return RunQueries.step(this.#machine, stepId);
  }

  /** Every attempt at a step, oldest first. */
  attempts(stepId: string): readonly StepAttempt[] {
    const step = this.step(stepId);
    return step === undefined ? [] : this.#attempts.of(this.origin.runId, step);
  }

  /**
   * The running steps, then the steps that wait for their next attempt. The cost of each call
   * depends on how many steps changed since the last one.
   */
  activeSteps(): readonly StepSnapshot[] {
    const { running, waiting } = this.#activeNow();
    return [...running.values(), ...waiting.values()];
  }

  /** The numbers for a progress line. Costs as much as `activeSteps`. */
  counts(): StepCounts {
    const metrics = RunQueries.metrics(this.#machine);
    const { running, waiting, open, unknown } = this.#activeNow();
    return {
      total: this.hasGraph ? metrics.totalSteps : this.origin.definition.steps.length,
      running: running.size,
      waiting: waiting.size,
      open: open.size,
      unknown: unknown.size,
      completed: metrics.completedSteps,
      failed: metrics.failedSteps,
      skipped: metrics.skippedSteps,
      cancelled: metrics.cancelledSteps,
    };
  }

  /**
   * Why a skipped step was skipped: the path of a dependency, or `:condition` if its own `if` is
   * false.
   */
  skippedBecause(stepId: string): string | undefined {
    return RunQueries.skippedBecause(this.#machine, stepId, undefined);
  }

  /**
   * Why a step is where it is: a chain of causes, each about the step that the one before names.
   * Empty if the run has no such step.
   */
  why(stepId: string): readonly StepCause[] {
    return RunQueries.why(this.#machine, stepId);
  }

  /** What the `outputs` of the workflow give so far; undefined if there are none. */
  outputs(): Readonly<Record<string, unknown>> | undefined {
    return RunQueries.outputs(this.#machine);
  }

  /** The inputs that the run has now: an amendment may have replaced those that it began with. */
  inputs(): Readonly<Record<string, unknown>> {
    return RunQueries.inputs(this.#machine);
  }

  /** The results of the completed steps, by step id. */
  results(): Readonly<Record<string, unknown>> {
    return RunQueries.results(this.#machine);
  }

  /** The run's metrics: times, attempts, retries and steps by status. */
  metrics(): Metrics {
    return RunQueries.metrics(this.#machine);
  }

  /**
   * How much of the time since the run started was work, and how much was waiting. It ends with the
   * last entry; pass `now`, in ms since the epoch, for a run that a process is working on. The work
   * of an attempt that died with its engine counts up to the last entry before its death.
   */
  timeSpent(now?: number): TimeSpent {
    return this.#workTime.spent(now);
  }

  /** The entries with which the run went back to steps that had begun, oldest first. */
  reruns(): readonly Rerun[] {
    return this.#reruns.all;
  }

  /** The checkpoints written so far, oldest first. */
  checkpoints(): readonly CheckpointInfo[] {
    return RunQueries.checkpoints(this.#machine);
  }

  #activeNow(): ActiveSteps {
    this.#active ??= new ActiveSteps();
    return this.#active.catchUp(this.#machine);
  }

  #remembered(checkpointId: string): CheckpointData | undefined {
    const machine = this.#checkpoints?.get(checkpointId);
    return machine && RunQueries.checkpointData(machine, checkpointId);
  }
}

/**
 * The checkpoint id in the journal when a failed run resumes. It denotes the state in which the run
 * failed; no stored checkpoint has this id.
 */
export function failedStateId(runId: string): string {
  return `${runId}@failed`;
}
