import {
  Context,
  Machine,
  type Metrics,
  type StepInfo,
  type WorkflowState,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { FollowedRun, FollowOptions } from "../observe/follow-run.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { RunEnding } from "./RunEnding.js";
import { checkCheckpointName } from "./validate-options.js";

/** A run that a handle can be of: one that an engine is working on, or one that is over. */
export type HandledRun = Pick<
  ActiveRun,
  | "runId"
  | "definition"
  | "machine"
  | "ending"
  | "problems"
  | "isDetached"
  | "stopAgents"
  | "tell"
  | "durable"
>;

/** Which events of a run to yield. */
export type EventsOptions = Pick<FollowOptions, "afterSeq" | "signal">;

/** What the caller of `start` and `resume` holds: one run that this engine is working on, or that was over when it was asked for. */
export class RunHandle {
  readonly #run: HandledRun;
  readonly #follow: (options: EventsOptions) => FollowedRun;

  /** @internal */
  constructor(run: HandledRun, follow: (options: EventsOptions) => FollowedRun) {
    this.#run = run;
    this.#follow = follow;
  }

  get id(): string {
    return this.#run.runId;
  }

  get workflowId(): string {
    return this.#run.definition.id;
  }

  /** Where the run is: exact, and up to the moment. */
  get state(): WorkflowState {
    return Machine.state(this.#run.machine);
  }

  /**
   * Settles once the run is completed, failed, cancelled, or paused with nothing in flight. A full disk pauses it too, with the
   * `errorCode` `database_full`: what was told is stored, and `engine.resume` goes on once there is room. Rejects when storage fails otherwise.
   */
  get ending(): Promise<RunEnding> {
    return this.#run.ending;
  }

  /** Checkpoints that were found damaged, and passed over, when the run was taken up; empty for a run that was started. */
  get problems(): readonly WorkflowError[] {
    return this.#run.problems;
  }

  /** Every step and how it stands, in the order written. */
  steps(): readonly StepInfo[] {
    return Context.steps(Machine.context(this.#run.machine));
  }

  metrics(): Metrics {
    return Context.metrics(Machine.context(this.#run.machine));
  }

  /**
   * Everything that has happened from the beginning of the run, or after the journal entry `afterSeq`, then what happens, until
   * the run is no longer active in this engine.
   */
  events(options: EventsOptions = {}): FollowedRun {
    return this.#follow(options);
  }

  /**
   * Starts nothing new; running steps finish and are recorded. With `stopAgents` they are stopped instead, and will
   * be tried again on resume at no cost of a retry. Settles when the pause is on disk.
   */
  async pause(options: { readonly stopAgents?: boolean } = {}): Promise<void> {
    if (this.state !== "paused") this.#command({ type: "pause_workflow" }, "pause");
    if (options.stopAgents === true) this.#run.stopAgents();
    await this.#run.durable();
  }

  /** Goes on after `pause`, as long as steps of before the pause are still running; later, `engine.resume`. */
  async resume(): Promise<void> {
    this.#command({ type: "resume_workflow" }, "resume");
    await this.#run.durable();
  }

  /** Ends the run for good: running agents are aborted, and the ending settles once they are gone. */
  async cancel(): Promise<void> {
    this.#command({ type: "cancel_workflow" }, "cancel");
    await this.#run.durable();
  }

  /** Writes a checkpoint now, and gives its id once it is on disk. */
  async checkpoint(name?: string): Promise<string> {
    checkCheckpointName(name);
    this.#command({ type: "create_checkpoint", ...(name !== undefined && { name }) }, "checkpoint");
    const { checkpointId } = Context.checkpoints(Machine.context(this.#run.machine)).at(-1) ?? {
      checkpointId: "",
    };
    await this.#run.durable();
    return checkpointId;
  }

  #command(event: Parameters<ActiveRun["tell"]>[0], verb: string): void {
    const { state } = this;
    const refusal = this.#run.tell(event);
    if (refusal === undefined) return;
    throw new WorkflowError(
      "event_refused",
      `Run ${this.id} cannot ${verb} now: it is \`${state}\`.`,
      {
        runId: this.id,
        remedy: this.#run.isDetached
          ? `It is over here; \`engine.resume("${this.id}")\` takes it up again where that is possible.`
          : "Try again when its state has changed.",
      },
    );
  }
}
