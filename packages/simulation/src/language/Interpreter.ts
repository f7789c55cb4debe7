import { ExpressionFailure, type FailureKind } from "./ExpressionFailure.js";
import type { InterpretedWorkflow, InterpreterOptions } from "./Host.js";
import type { Instance } from "./Instance.js";
import { Launches } from "./Launches.js";
import { scopeOfRun } from "./names.js";
import { StepTree } from "./StepTree.js";
import { fillValue } from "./template.js";

/** How a run has ended. */
export interface RunEnd {
  readonly status: "completed" | "failed";
  readonly outputs?: unknown;
  readonly error?: {
    readonly code: "step_failed" | "outputs_failed";
    readonly message: string;
    /** What kind of mistake made an expression of the outputs fail. */
    readonly failureKind?: FailureKind;
  };
}

/** Plays a workflow by the rules of the language alone, without the core. */
export class Interpreter {
  readonly launches: Launches;
  readonly #workflow: InterpretedWorkflow;
  readonly #tree: StepTree;

  constructor(workflow: InterpretedWorkflow, options: InterpreterOptions) {
    const { inputs = {}, context = {}, roots = {}, chance } = options;
    const { id, name = id, version = "1.0.0" } = workflow;
    this.#workflow = workflow;
    this.#tree = new StepTree(workflow.steps, {
      roots: { inputs, context, workflow: { id, name, version }, ...roots },
      ...(chance !== undefined && { chance }),
      onSettled: ({ path, status }) => this.launches.log.push(`${path} ${status}`),
    });
    this.launches = new Launches(workflow, options, this.#tree);
  }

  /** Every instance that has existed, each after the one around it. */
  get instances(): readonly Instance[] {
    return this.#tree.instances;
  }

  /** The instance at a path. */
  at(path: string): Instance | undefined {
    return this.#tree.at(path);
  }

  /**
   * Runs until the end, or until `isStopped` returns true after attempts have been launched; what
   * is in flight then stays in flight.
   */
  run(isStopped: () => boolean = () => false): RunEnd | undefined {
    for (;;) {
      this.#tree.settle(this.launches.now);
      if (this.#tree.steps.every(({ isSettled }) => isSettled)) return this.#end();
      const hasLaunched = this.launches.start(this.#tree.shuffled(this.#tree.open));
      if (hasLaunched && isStopped()) return undefined;
      if (!hasLaunched) this.launches.advance(this.#tree.alarms);
    }
  }

  #end(): RunEnd {
    const failed = this.#tree.steps.filter(
      ({ status, isTolerated }) => status === "failed" && !isTolerated,
    );
    if (failed.length > 0) {
      const message = failed.map(({ path, error }) => `${path}: ${error}`).join("; ");
      return { status: "failed", error: { code: "step_failed", message } };
    }
    const { outputs } = this.#workflow;
    if (outputs === undefined) return { status: "completed" };
    try {
      return { status: "completed", outputs: fillValue(outputs, scopeOfRun(this.#tree.names)) };
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      return {
        status: "failed",
        error: { code: "outputs_failed", message: error.message, failureKind: error.kind },
      };
    }
  }
}
