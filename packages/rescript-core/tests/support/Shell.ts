import {
  Context,
  type Effect,
  Machine,
  type OpenQuestion,
  RunQueries,
  State,
  type StepInfo,
  type TransitionOutcome,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import { attachment } from "./attempt-traits.js";
import { preparing } from "./machines.js";
import type { Workflow } from "./random-workflows.js";

/** One event sent to the machine: the machine before it, and the answer. */
export interface Visit {
  readonly event: WorkflowEvent;
  readonly at: number;
  readonly before: WorkflowMachine;
  readonly outcome: TransitionOutcome;
  /** Whether the machine sends itself no more events after this one. */
  isSettled: boolean;
}

/**
 * The smallest shell: it sends the machine's own events back to it, and keeps a journal of accepted
 * events.
 */
export class Shell {
  machine: WorkflowMachine;
  now = 1000;
  readonly visits: Visit[] = [];
  readonly #workflow: Workflow;

  constructor(workflow: Workflow, machine = Machine.make(1000)) {
    this.#workflow = workflow;
    this.machine = machine;
  }

  get journal(): readonly Visit[] {
    return this.visits.filter(({ outcome }) => outcome.ok);
  }

  get state() {
    return Machine.state(this.machine);
  }

  get steps(): readonly StepInfo[] {
    return Context.steps(Machine.context(this.machine));
  }

  get inFlight(): readonly StepInfo[] {
    return this.steps.filter(({ status }) => status === "running");
  }

  /**
   * Sends the machine an event and every event that follows. Returns false if the event is refused.
   */
  tell(event: WorkflowEvent): boolean {
    const accepted = this.#accept(event);
    const last = this.visits.at(-1);
    if (last !== undefined) last.isSettled = true;
    return accepted;
  }

  #accept(event: WorkflowEvent): boolean {
    const before = this.machine;
    const outcome = Machine.transition(before, event, this.now);
    this.visits.push({ event, at: this.now, before, outcome, isSettled: false });
    if (!outcome.ok) return false;
    this.machine = outcome.machine;
    this.#release(outcome.effects);
    return true;
  }

  #release(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const answer: WorkflowEvent | undefined =
        effect.type === "tell"
          ? effect.event
          : effect.type === "gather_results"
            ? {
                type: "results_aggregated",
                results: Context.results(Machine.context(this.machine)),
              }
            : undefined;
      if (answer !== undefined && !this.#accept(answer))
        throw new Error(`the machine refused its own ${answer.type} in ${this.state}`);
    }
  }

  prepare(): this {
    for (const event of preparing(
      this.#workflow.tasks.map(({ def }) => def),
      this.#workflow.policy,
      undefined,
      this.#workflow.handlers,
    )) {
      this.tell(event);
    }
    return this;
  }

  begin(): this {
    this.prepare().tell({ type: "steps_scheduled" });
    return this;
  }

  wake(): void {
    this.#release(Machine.wake(this.machine, this.now));
    const last = this.visits.at(-1);
    if (last !== undefined) last.isSettled = true;
  }

  /** The outcome of an attempt. Depends only on the step and its earlier failures. */
  outcomeOf(info: StepInfo, chance = 0.5): WorkflowEvent {
    const { id, attemptNumber, failureCount, check = [] } = info;
    const failures = this.#workflow.tasks.find(({ def }) => def.id === id)?.failures ?? 0;
    if (failureCount >= failures) {
      const type = check.some(({ step }) => step !== undefined)
        ? "step_answered"
        : "step_completed";
      return { type, stepId: id, attemptNumber, result: this.#resultOf(id) };
    }
    return {
      type: "step_failed",
      stepId: id,
      attemptNumber,
      error: `${id} broke`,
      reason: "error",
      chance,
    };
  }

  // A judge refuses the first answer of every fourth step, and an effect took place in every other.
  #resultOf(id: string): unknown {
    const attached = attachment(id);
    if (attached === null) return { of: id };
    const { owner, name } = attached;
    const failures = this.steps.find((info) => info.id === owner)?.failureCount ?? 0;
    if (name !== "reconcile")
      return { pass: failures > 0 || owner.length % 4 !== 0, reason: "dull" };
    return owner.length % 2 === 0 ? { done: true, result: { of: owner } } : { done: false };
  }

  get questions(): readonly OpenQuestion[] {
    return RunQueries.questions(this.machine);
  }

  /** The answer to a gate or the signal that a step waits for. Depends only on the step. */
  answerTo({ stepId, attemptNumber, signal, kind }: OpenQuestion): WorkflowEvent {
    if (kind === "unknown") {
      const values = { done: true, result: { of: stepId } };
      return { type: "gate_answered", stepId, attemptNumber, approved: true, values };
    }
    if (signal !== undefined)
      return { type: "signal_received", name: signal, data: { of: signal } };
    const approved = stepId.length % 3 !== 0;
    return { type: "gate_answered", stepId, attemptNumber, approved, values: { n: 1 } };
  }

  settle(step: StepInfo, chance?: number): boolean {
    return this.tell(this.outcomeOf(step, chance));
  }

  interrupt({ id, attemptNumber }: StepInfo): boolean {
    return this.tell({
      type: "step_failed",
      stepId: id,
      attemptNumber,
      error: "interrupted",
      reason: "interrupted",
      chance: 0,
    });
  }

  /**
   * Drives the run to its end, first attempt first. Throws if it takes more turns than any run
   * needs.
   */
  finish(): this {
    if (this.state === "scheduling_steps") this.tell({ type: "steps_scheduled" });
    for (let turn = 0; turn < 1000; turn += 1) {
      if (State.isTerminal(this.state)) return this;
      const [first] = this.inFlight;
      const [question] = this.questions;
      const dueAt = Context.nextDueAt(Machine.context(this.machine));
      if (this.state === "creating_checkpoint")
        this.tell({ type: "checkpoint_created", checkpointId: `finish-${turn}` });
      else if (RunQueries.pausedFor(this.machine) === "waiting" && question !== undefined)
        this.tell(this.answerTo(question));
      else if (this.state === "paused") this.tell({ type: "resume_workflow" });
      else if (first !== undefined) this.settle(first);
      else if (dueAt === undefined) throw new Error(`the run is stuck in ${this.state}`);
      else {
        this.now = Math.max(this.now, dueAt);
        this.wake();
      }
    }
    throw new Error("the run does not end");
  }
}

/** Everything observable about a machine, including what it would do next. */
export function describeMachine(machine: WorkflowMachine): object {
  const context = Machine.context(machine);
  return {
    snapshot: Machine.snapshot(machine, undefined),
    metrics: Context.metrics(context),
    results: Context.results(context),
    graph: Context.graph(context),
    policy: Context.policy(context),
    workflow: Context.workflow(context),
    dueAt: Context.nextDueAt(context),
    pausedFor: RunQueries.pausedFor(machine),
    questions: RunQueries.questions(machine),
    signals: RunQueries.signals(machine),
    next: Machine.wake(machine, 0),
  };
}

/** The outcome of a run, regardless of the order of events: statuses, results, failure counts. */
export function describeEnd(machine: WorkflowMachine): object {
  const context = Machine.context(machine);
  return {
    state: Machine.state(machine),
    results: Context.results(context),
    // What is attached to a step depends on when its process ended.
    steps: Context.steps(context)
      .filter(({ id }) => attachment(id) === null)
      .map(({ id, status, failureCount, result }) => ({ id, status, failureCount, result })),
  };
}
