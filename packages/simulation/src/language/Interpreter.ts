import type { Budget } from "@automatosx/rescript-core";
import type { GateAnswer, Refusal } from "./gates.js";
import type { InterpretedWorkflow, InterpreterOptions } from "./Host.js";
import type { Instance } from "./Instance.js";
import { Launches } from "./Launches.js";
import { RestorableRun } from "./RestorableRun.js";
import type { PauseReason, Run, RunEnd, RunPlan } from "./Run.js";
import type { BudgetState } from "./Spending.js";

/** Plays a workflow by the rules of the language alone, without the core. */
export class Interpreter {
  readonly launches: Launches;
  readonly #history: RestorableRun;

  constructor(workflow: InterpretedWorkflow, options: InterpreterOptions) {
    const { inputs = {}, context = {}, roots = {}, chance } = options;
    const { id, name = id, version = "1.0.0" } = workflow;
    this.#history = new RestorableRun(
      workflow,
      { inputs, context, workflow: { id, name, version }, ...roots },
      {
        ...(chance !== undefined && { chance, delayChance: chance }),
        onSettled: ({ path, status }) => this.launches.log.push(`${path} ${status}`),
      },
    );
    this.launches = new Launches(workflow, options, this.#history);
  }

  get #run(): Run {
    return this.#history.run;
  }

  /** Every instance that has existed, each after the one around it. */
  get instances(): readonly Instance[] {
    return this.#run.tree.instances;
  }

  /** The instance at a path. */
  at(path: string): Instance | undefined {
    return this.#run.tree.at(path);
  }

  /** Why the run is paused; undefined if it is not. */
  get pausedFor(): PauseReason | undefined {
    return this.#run.pausedFor;
  }

  /** What the run waits for: open gates and signals, and effects of unknown outcome. */
  get waitsFor(): readonly Instance[] {
    return this.#run.waitsFor;
  }

  get budget(): BudgetState {
    return this.#run.spending.state;
  }

  /**
   * Runs until the end, or until `isStopped` returns true after attempts have been launched; what
   * is in flight then stays in flight. A run that is paused is resumed first. Undefined if the run
   * has not ended.
   */
  run(isStopped: () => boolean = () => false): RunEnd | undefined {
    this.#run.resume();
    for (;;) {
      this.#settle();
      if (this.#run.end !== undefined) return this.#run.end;
      const hasLaunched = this.launches.start(this.#run.tree.shuffled(this.#run.due));
      if (hasLaunched) {
        if (isStopped()) return undefined;
        continue;
      }
      if (this.launches.advance()) continue;
      if (this.launches.isHeldByBudget && this.#failsAtLimit) {
        this.#run.exceedBudget();
        continue;
      }
      this.#run.pause(this.launches.isHeldByBudget ? "budget" : "waiting");
      return undefined;
    }
  }

  /** Pauses the run; what is in flight ends. */
  pause(): void {
    this.#run.pause("asked");
    this.launches.finish();
  }

  /** Cancels the run; what its handlers have to do is left to `run`. */
  cancel(): void {
    this.#run.cancel();
    this.#settle();
  }

  answer(path: string, attemptNumber: number | undefined, answer: GateAnswer): Refusal | undefined {
    const refusal = this.#run.answer(path, attemptNumber, answer);
    this.#settle();
    return refusal;
  }

  /** Approves a gate with another result of the step that it shows. */
  approveEdited(path: string, answer: GateAnswer, edits: unknown): Refusal | undefined {
    const refusal = this.#history.approveEdited(path, answer, edits);
    this.#settle();
    return refusal;
  }

  /** Gives a completed step another result; starts nothing. */
  edit(path: string, result: unknown, attemptNumber?: number): Refusal | undefined {
    const newest = attemptNumber ?? this.at(path)?.attemptNumber ?? 0;
    return this.#goBack((hasFailed) => this.#history.edit(path, newest, result, hasFailed));
  }

  /** Has steps performed again; starts nothing. */
  reopen(paths: readonly string[], isDownstream = false): Refusal | undefined {
    return this.#goBack((hasFailed) => this.#history.reopen(paths, isDownstream, hasFailed));
  }

  /** Changes what the run performs; starts nothing. */
  amend(plan: RunPlan, roots: Readonly<Record<string, unknown>> = {}): Refusal | undefined {
    return this.#goBack((hasFailed) => this.#history.amend({ plan, roots }, hasFailed));
  }

  #goBack(act: (hasFailed: boolean) => Refusal | undefined | void): Refusal | undefined {
    const hasFailed = this.#run.end?.status === "failed";
    const refusal = act(hasFailed) ?? undefined;
    if (hasFailed && refusal === undefined) this.#run.pause("asked");
    this.#settle();
    return refusal;
  }

  signal(name: string, data: unknown, id?: string): Refusal | undefined {
    const refusal = this.#run.signal(name, data, id);
    this.#settle();
    return refusal;
  }

  /** Time passes while nothing has the run. */
  pass(ms: number): void {
    this.#run.now += ms;
  }

  changeBudget(budget: Budget): void {
    this.#run.spending.change(budget);
  }

  get #failsAtLimit(): boolean {
    return this.#run.spending.threshold.action === "fail";
  }

  #settle(): void {
    this.#run.settle();
    this.#history.noteAttempts();
    this.launches.forgetAborted();
  }
}
