import {
  Context,
  type Effect,
  Machine,
  RunQueries,
  type WorkflowEvent,
} from "@automatosx/rescript-core";
import { sessionOf } from "../language/index.js";
import { checkAccepted, checkRefused } from "./check-transition.js";
import type { Plan } from "./Plan.js";
import { BrokenPromise, demand } from "./promises.js";
import { WorldState } from "./WorldState.js";
import { WAYS_BACK } from "./ways-back.js";

const parsedEvent = ({ defs, policy, outputs, handlers }: Plan): WorkflowEvent => ({
  type: "workflow_parsed",
  steps: [...defs],
  policy,
  ...(outputs !== undefined && { outputs }),
  ...(handlers !== undefined && { handlers }),
});

/**
 * The shell around the machine: it sends events, collects them into a turn, performs effects once
 * their turn is written, and manages agents and timers.
 */
export class Shell extends WorldState {
  /**
   * Sends an event to the machine; returns false if the machine refuses it. The events that follow
   * from it are sent immediately or, if the shell delivers late, left for a later choice.
   */
  tell(event: WorkflowEvent): boolean {
    const before = this.machine;
    const at = this.clock;
    const outcome = this.core.transition(before, event, at);
    this.onEvent?.(event, outcome.ok, outcome.ok ? Machine.state(outcome.machine) : outcome.state);
    if (!outcome.ok) {
      checkRefused(this, event, outcome.reason);
      return false;
    }
    demand(
      at >= this.recount.now,
      "time",
      () => `${event.type} was accepted at ${at}, after an event at ${this.recount.now}`,
    );
    this.machine = outcome.machine;
    if (outcome.machine !== before) this.turn.push({ event, at });
    this.recount.apply(event, at);
    checkAccepted(this, event, outcome.effects);
    // Events that the machine sent to itself before it went back concern a state that no longer
    // exists.
    if (WAYS_BACK.has(event.type)) this.undelivered = [];
    this.#handle(outcome.effects);
    return true;
  }

  wake(): void {
    this.#handle(this.core.wake(this.machine, this.clock));
    // An effect without an event has no turn to wait for.
    if (this.turn.length === 0) this.#performEffects();
  }

  wakeAt(dueAt: number): void {
    this.timers.push({ at: this.monotonic + Math.max(0, dueAt - this.clock), hanging: undefined });
  }

  callAgent(stepId: string, attemptNumber: number): void {
    const step = this.recount.steps.indexOf(stepId);
    demand(
      attemptNumber > (this.called[step] ?? 0),
      "attemptOnce",
      () => `an agent was called again for attempt ${attemptNumber} of ${stepId}`,
    );
    const { steps } = this.recount;
    demand(
      steps.isInFlight(step, attemptNumber),
      "wanted",
      () =>
        `an agent was called for attempt ${attemptNumber} of ${stepId}, ` +
        `whose status is ${steps.status[step]}`,
    );
    this.#checkSession(stepId, attemptNumber);
    this.called[step] = attemptNumber;
    const attempt = { step, attemptNumber };
    this.attempts.push(attempt);
    if (this.isHanging(step)) {
      const timeoutMs = steps.defOf(step)?.timeout ?? 0;
      this.timers.push({ at: this.monotonic + timeoutMs, hanging: attempt });
    }
  }

  /** An attempt continues the conversation of the source that the language gives it. */
  #checkSession(stepId: string, attemptNumber: number): void {
    const { run } = this.recount.steps;
    const leaf = run?.tree.at(stepId);
    if (run === undefined || leaf?.def.session === undefined) return;
    const given = RunQueries.request(this.machine, stepId, attemptNumber)?.session;
    const found = given && (given.reference ?? "lost");
    const wanted = sessionOf(leaf, run.tree);
    demand(
      found === wanted,
      "sessionsHold",
      () => `${stepId} continues ${found ?? "nothing"}, not ${wanted ?? "nothing"}`,
    );
  }

  abort(stepId: string): void {
    const step = this.recount.steps.indexOf(stepId);
    this.attempts = this.attempts.filter((attempt) => attempt.step !== step);
    this.timers = this.timers.filter(
      ({ hanging }) => hanging === undefined || hanging.step !== step,
    );
  }

  interrupt(stepId: string, attemptNumber: number): void {
    this.tell({
      type: "step_failed",
      stepId,
      attemptNumber,
      error: "lost",
      reason: "interrupted",
      chance: 0,
    });
  }

  /** Writes the turn, then performs the effects that were waiting for it. */
  protected commit(): void {
    this.journal.push(...this.rules.written(this.turn));
    this.turn = [];
    this.committed = this.machine;
    this.#performEffects();
    this.reportedCount = Math.max(this.reportedCount, this.journal.length);
  }

  #performEffects(): void {
    const effects = this.effects;
    this.effects = [];
    for (const effect of effects) this.rules.perform(this, effect);
  }

  protected writeCheckpoint(): void {
    const name = this.checkpointRequest?.name;
    this.checkpointRequest = undefined;
    const checkpointId = `c${this.recount.checkpointCount}`;
    const data = this.core.checkpointData(this.machine, checkpointId);
    const since = this.checkpoints.at(-1)?.machine;
    const snapshot = this.core.snapshot(this.machine, since);
    this.checkpoints.push({
      seq: this.journal.length + this.turn.length,
      data,
      snapshot,
      machine: this.machine,
      text: JSON.stringify([data, snapshot]),
    });
    const isKept = this.tell({
      type: "checkpoint_created",
      checkpointId,
      ...(name !== undefined && { name }),
    });
    // The run ended while the checkpoint was being written.
    if (!isKept) this.checkpoints.pop();
  }

  #handle(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const answer = this.#answerTo(effect);
      if (answer === undefined) continue;
      if (this.plan.habits.deliversLate && effect.type === "tell") this.undelivered.push(answer);
      else if (!this.tell(answer))
        throw new BrokenPromise(
          "answersHeard",
          `the machine refused its own ${answer.type} in ${this.state}`,
        );
    }
  }

  #answerTo(effect: Effect): WorkflowEvent | undefined {
    switch (effect.type) {
      case "tell":
        return effect.event;
      case "parse_definition":
        return parsedEvent(this.plan);
      case "validate_definition":
        return { type: "workflow_valid" };
      case "build_dependency_graph":
        return { type: "graph_built", ...this.plan.graph };
      case "schedule_batches":
        return { type: "steps_scheduled" };
      case "gather_results":
        return {
          type: "results_aggregated",
          results: Context.results(Machine.context(this.machine)),
        };
      case "write_checkpoint":
        this.checkpointRequest = { name: effect.name };
        if (!this.plan.habits.writesLate) this.writeCheckpoint();
        return undefined;
      default:
        if (this.rules.beforeCommit(this, effect)) this.rules.perform(this, effect);
        else this.effects.push(effect);
        return undefined;
    }
  }
}
