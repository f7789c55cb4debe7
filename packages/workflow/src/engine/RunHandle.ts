import type { RunRef } from "../backend/ExecutionBackend.js";
import type { CancelOptions, RunCommand } from "../backend/run-command.js";
import { checkOptions } from "../checks/check-options.js";
import {
  type Metrics,
  RunQueries,
  type StepInfo,
  type WorkflowState,
} from "../core/workflow-state-machine.js";
import type { WorkflowError } from "../errors.js";
import type { FollowedRun, FollowOptions } from "../observe/follow-run.js";
import type { ActiveRun } from "./ActiveRun.js";
import { CANCEL_CHECKS, PAUSE_CHECKS } from "./engine-option-checks.js";
import { type CommandableRun, performCommand } from "./perform-command.js";
import type { RunEnding } from "./RunEnding.js";

/** A run that a handle can represent: an active run, or one that has ended. */
export type HandledRun = CommandableRun & Pick<ActiveRun, "definition" | "ending" | "problems">;

/** Which events of a run to yield. */
export type EventsOptions = Pick<FollowOptions, "afterSeq" | "signal">;

/** A run in this engine, as returned by `start` and `resume`. */
export class RunHandle implements RunRef {
  readonly #run: HandledRun;
  readonly #events: (options: EventsOptions) => FollowedRun;

  /** @internal */
  constructor(run: HandledRun, events: (options: EventsOptions) => FollowedRun) {
    this.#run = run;
    this.#events = events;
  }

  /** The id of the run. */
  get id(): string {
    return this.#run.runId;
  }

  /** The `id` of the workflow. */
  get workflowId(): string {
    return this.#run.definition.id;
  }

  /** The exact current state of the run. */
  get state(): WorkflowState {
    return RunQueries.state(this.#run.machine);
  }

  /**
   * Settles once the run is completed, failed or cancelled, or paused with nothing in flight. A
   * full disk also pauses a run, with the `errorCode` `database_full`: everything that was reported
   * is stored, and `engine.resume` continues the run once there is space. So does a database that
   * was deleted, moved or replaced, with the `errorCode` `database_unusable`: what was recorded is
   * no longer at its path. Rejects with a `WorkflowError` if the storage fails otherwise or the
   * engine is closed; then the run can be resumed.
   */
  get ending(): Promise<RunEnding> {
    return this.#run.ending;
  }

  /** Damaged checkpoints that were skipped when the run was resumed. */
  get problems(): readonly WorkflowError[] {
    return this.#run.problems;
  }

  /** Every step with its progress, in the order of the workflow. */
  steps(): readonly StepInfo[] {
    return RunQueries.steps(this.#run.machine);
  }

  /** The run's times, and its counts of steps, attempts and retries. */
  metrics(): Metrics {
    return RunQueries.metrics(this.#run.machine);
  }

  /**
   * Yields every event since the run began, or after the journal entry `afterSeq`; then each new
   * one, until the run is no longer active in this engine.
   */
  events(options: EventsOptions = {}): FollowedRun {
    return this.#events(options);
  }

  /**
   * Starts nothing new; running attempts finish and are recorded. With `stopAgents` they are
   * interrupted instead, and are tried again on resume without using up a retry. A run that has
   * paused itself stays paused until it is resumed; after its `ending` has settled, use
   * `engine.pause`. Settles when the pause is durable. Throws `event_refused` if the run has ended.
   */
  async pause(options: { readonly stopAgents?: boolean } = {}): Promise<void> {
    checkOptions<{ readonly stopAgents?: boolean }>("pause", options, PAUSE_CHECKS);
    await this.#perform({ verb: "pause", ...options });
  }

  /**
   * Continues a paused run that still has attempts in flight; after its `ending` has settled, use
   * `engine.resume`. Throws `event_refused` if the run is not paused.
   */
  async resume(): Promise<void> {
    await this.#perform({ verb: "resume" });
  }

  /**
   * Ends the run permanently. Settles when the cancellation is durable. Running agents are stopped,
   * and `ending` settles once they have stopped. Throws `event_refused` if the run has ended.
   */
  async cancel(options: CancelOptions = {}): Promise<void> {
    checkOptions<CancelOptions>("cancel", options, CANCEL_CHECKS);
    await this.#perform({ verb: "cancel", ...options });
  }

  /**
   * Writes a checkpoint and returns its id once it is durable. Throws `event_refused` if the run
   * has ended, or `invalid_argument` if the name is empty or longer than 200 characters.
   */
  async checkpoint(name?: string): Promise<string> {
    const command = { verb: "checkpoint", ...(name !== undefined && { name }) } as const;
    return (await this.#perform(command)) ?? "";
  }

  async #perform(command: RunCommand): Promise<string | undefined> {
    return performCommand(this.#run, { command });
  }
}
