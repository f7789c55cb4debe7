import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import {
  type AttemptFailure,
  type Extras,
  type Instance,
  type Kept,
  previousResultsOf,
  type Refusal,
  RestorableRun,
  type Run,
  type RunPlan,
} from "../language/index.js";
import { rootNames } from "./root-names.js";
import type { SimulatedWorkflow } from "./workflows.js";

/** A step, or an item, a round or an inner step of one, as described by the journal. */
export interface StepModel {
  step: StepDefinition;
  /** True if an agent performs it. */
  isLeaf: boolean;
  status: "open" | "running" | "completed" | "failed" | "skipped" | "cancelled";
  newestAttempt: number;
  /** Number of attempts since the run began or was last restored. */
  started: number;
  /** How many of `started` were interrupted, and how many were asked for again. */
  interrupted: number;
  asked: number;
  /** Number of attempts over the whole life of the run that repeat one lost with its process. */
  repeated: number;
  /** True once it has failed with no retry left, although another attempt might succeed. */
  hasRunOut: boolean;
  result: unknown;
}

/** When a run goes back, and whether it had failed. */
export interface Place {
  readonly at: number;
  readonly hasFailed: boolean;
}

const planOf = ({ steps, outputs, on, budget, limits }: WorkflowDefinition): RunPlan => ({
  steps,
  ...(outputs !== undefined && { outputs }),
  ...(on !== undefined && { on }),
  ...(budget !== undefined && { budget }),
  agentLimits: limits.agents,
});

/**
 * The steps of a run, by path, and what follows from its facts. The interpreter of the language
 * draws it; nothing here comes from the core.
 */
export class RunSteps {
  /** Every path that has existed; `#present` are those that exist now. */
  readonly #known = new Map<string, StepModel>();
  #present = new Map<string, StepModel>();
  readonly #restorable: RestorableRun;

  constructor(workflow: Pick<SimulatedWorkflow, "prepared" | "inputs" | "context">, runId: string) {
    const { definition } = workflow.prepared;
    this.#restorable = new RestorableRun(planOf(definition), rootNames(workflow, runId));
    this.#update();
  }

  /** The run by the rules of the language. */
  get run(): Run {
    return this.#restorable.run;
  }

  /** The steps that exist, by path. */
  get all(): ReadonlyMap<string, StepModel> {
    return this.#present;
  }

  /** The results of the workflow's own steps, by id. */
  get results(): Record<string, unknown> {
    return Object.fromEntries(
      this.run.tree.steps
        .filter(({ status }) => status === "completed")
        .map(({ path, result }) => [path, result]),
    );
  }

  /** What a restore to this moment keeps: results of leaves, and failures that are tolerated. */
  get outcomes(): Kept {
    const outcomes = new Map<string, unknown>();
    for (const { path, form, role, status, result, around } of this.run.tree.instances) {
      const isOwn = role !== "attached" && !path.startsWith(":");
      if (!isOwn || (form !== "leaf" && form !== "gate" && form !== "wait")) continue;
      if (status === "completed") outcomes.set(path, result);
      const isTolerated = around.some(({ isTolerant }) => isTolerant);
      if (status === "failed" && this.#restorable.attemptOf(path) > 0 && isTolerated)
        outcomes.set(path, undefined);
    }
    return outcomes;
  }

  /** True if the rules allow a leaf to start now, as far as edges and conditions go. */
  isEntered(path: string): boolean {
    const status = this.run.tree.at(path)?.status;
    return status === "ready" || status === "waiting" || status === "running";
  }

  /** What forbids that a leaf starts now: its budget, its rate, a scope that is parked. */
  heldBy(path: string, at: number): string | undefined {
    const leaf = this.run.tree.at(path);
    if (leaf === undefined) return undefined;
    if (!this.run.spending.admits(leaf)) return "which the budget does not admit";
    const freeAt = this.run.quotas.freeAt(leaf);
    return freeAt > at ? `whose agent is free at ${freeAt}` : undefined;
  }

  /** The agent that performs a leaf. */
  agentOf(path: string): string {
    return this.run.tree.at(path)?.agentId ?? "";
  }

  /** What the agent of a leaf is given: the results of the steps that the leaf depends on. */
  givenTo(path: string): Record<string, unknown> {
    const instance = this.run.tree.at(path);
    return instance === undefined ? {} : previousResultsOf(instance, this.run.tree.names);
  }

  // --- changes

  /** Draws what follows from a fact; what is due happens if `isAwake`. */
  draw(at: number, isAwake = false): void {
    this.run.now = at;
    this.run.settle(isAwake);
    this.#update();
  }

  start(path: string, at: number): void {
    const leaf = this.run.tree.at(path);
    this.run.now = at;
    if (leaf !== undefined) this.run.start(leaf);
    this.#update();
  }

  complete(path: string, result: unknown, extras: Extras, at: number): void {
    const leaf = this.run.tree.at(path);
    this.run.now = at;
    if (leaf !== undefined) this.run.complete(leaf, result, extras);
    this.draw(at);
  }

  /** Returns true if the agent is asked again for an answer that fits. */
  fail(path: string, failure: AttemptFailure, at: number): boolean {
    const leaf = this.run.tree.at(path);
    if (leaf === undefined) return false;
    this.run.now = at;
    const { reaskCount } = leaf;
    this.run.fail(leaf, failure);
    this.draw(at);
    return leaf.reaskCount > reaskCount;
  }

  /** Goes back to these outcomes; everything else begins again. */
  restore(kept: Kept, keepsOffers: boolean, at: number): void {
    for (const model of this.#known.values()) {
      model.status = "open";
      model.result = undefined;
      model.started = 0;
      model.interrupted = 0;
      model.asked = 0;
    }
    this.#restorable.restore(kept, keepsOffers);
    this.draw(at);
  }

  // --- ways back

  edit(path: string, attemptNumber: number, result: unknown, from: Place): Refusal | undefined {
    return this.#goBack(from, () =>
      this.#restorable.edit(path, attemptNumber, result, from.hasFailed),
    );
  }

  reopen(paths: readonly string[], isDownstream: boolean, from: Place): Refusal | undefined {
    return this.#goBack(from, () => this.#restorable.reopen(paths, isDownstream, from.hasFailed));
  }

  amend(definition: WorkflowDefinition, from: Place): undefined {
    this.#goBack(from, () => {
      this.#restorable.amend({ plan: planOf(definition) }, from.hasFailed);
      return undefined;
    });
  }

  #goBack({ at }: Place, act: () => Refusal | undefined): Refusal | undefined {
    this.run.now = at;
    const refusal = act();
    if (refusal !== undefined) return refusal;
    for (const [path, model] of this.#known) {
      const instance = this.run.tree.at(path);
      if (instance?.isCarried === true) continue;
      model.status = "open";
      model.started = 0;
      model.interrupted = 0;
      model.asked = 0;
    }
    this.draw(at);
    return undefined;
  }

  /** Cancels what is running or, if `all` is true, everything that is not settled. */
  cancel(all: boolean): void {
    const { tree } = this.run;
    tree.cancel(tree.instances.filter(({ status }) => all || status === "running"));
    this.#update();
  }

  #update(): void {
    this.#restorable.noteAttempts();
    this.#present = new Map(
      this.run.tree.instances.map((instance) => [instance.path, this.#modelOf(instance)]),
    );
  }

  #modelOf(instance: Instance): StepModel {
    const { path, def, form, status, result, isSettled } = instance;
    const known = this.#known.get(path) ?? {
      step: def,
      isLeaf: form === "leaf",
      status: "open" as const,
      newestAttempt: 0,
      started: 0,
      interrupted: 0,
      asked: 0,
      repeated: 0,
      hasRunOut: false,
      result: undefined,
    };
    this.#known.set(path, known);
    known.step = def;
    known.isLeaf = form === "leaf";
    known.newestAttempt = this.#restorable.attemptOf(path);
    known.status = isSettled || status === "running" ? (status as StepModel["status"]) : "open";
    if (status === "completed") known.result = result;
    return known;
  }
}
