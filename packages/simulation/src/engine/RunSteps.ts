import type { StepDefinition } from "@automatosx/schemas";
import { type Instance, previousResultsOf, StepTree } from "../language/index.js";
import { rootNames } from "./root-names.js";
import type { SimulatedWorkflow } from "./workflows.js";

/** A step, or an item, a round or an inner step of one, as described by the journal. */
export interface StepModel {
  readonly step: StepDefinition;
  /** True if an agent performs it. */
  readonly isLeaf: boolean;
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

/** The outcomes that a restored run keeps, by path; undefined for a failure that is tolerated. */
export type KeptOutcomes = ReadonlyMap<string, unknown>;

/**
 * The steps of a run, by path, and what follows from their outcomes. The interpreter of the
 * language draws it; nothing here comes from the core.
 */
export class RunSteps {
  readonly #workflow: Pick<SimulatedWorkflow, "prepared" | "inputs" | "context">;
  readonly #runId: string;
  /** Every path that has existed; `#present` are those that exist now. */
  readonly #known = new Map<string, StepModel>();
  #present = new Map<string, StepModel>();
  #kept: KeptOutcomes = new Map();
  #tree: StepTree;

  constructor(workflow: Pick<SimulatedWorkflow, "prepared" | "inputs" | "context">, runId: string) {
    this.#workflow = workflow;
    this.#runId = runId;
    this.#tree = this.#newTree();
    this.#update();
  }

  /** The steps that exist, by path. */
  get all(): ReadonlyMap<string, StepModel> {
    return this.#present;
  }

  get values(): readonly StepModel[] {
    return [...this.#present.values()];
  }

  /** The results of the workflow's own steps, by id. */
  get results(): Record<string, unknown> {
    return Object.fromEntries(
      this.#tree.steps
        .filter(({ status }) => status === "completed")
        .map(({ path, result }) => [path, result]),
    );
  }

  /** What a restore to this moment keeps: results of leaves, and failures that are tolerated. */
  get outcomes(): KeptOutcomes {
    const outcomes = new Map<string, unknown>();
    for (const [path, { isLeaf, status, result, newestAttempt }] of this.#present) {
      if (!isLeaf) continue;
      if (status === "completed") outcomes.set(path, result);
      if (status === "failed" && newestAttempt > 0 && this.#isTolerated(path))
        outcomes.set(path, undefined);
    }
    return outcomes;
  }

  /** True if a step of the workflow itself failed and was not allowed to. */
  get hasFailed(): boolean {
    return this.#tree.steps.some(({ status, isTolerated }) => status === "failed" && !isTolerated);
  }

  /** True if the rules allow a leaf to start now, as far as edges and conditions go. */
  isEntered(path: string): boolean {
    const status = this.#tree.at(path)?.status;
    return status === "ready" || status === "running";
  }

  /** The agent that performs a leaf. */
  agentOf(path: string): string {
    return this.#tree.at(path)?.agentId ?? "";
  }

  /** What the agent of a leaf is given: the results of the steps that the leaf depends on. */
  givenTo(path: string): Record<string, unknown> {
    const instance = this.#tree.at(path);
    return instance === undefined ? {} : previousResultsOf(instance, this.#tree.names);
  }

  // --- changes

  /** Enters the steps that wait for nothing. */
  begin(at: number): void {
    this.#draw(at);
  }

  /** Begins the rounds that are due. */
  wake(at: number): void {
    this.#draw(at, true);
  }

  complete(path: string, result: unknown, at: number): void {
    this.#tree.at(path)?.complete(result);
    this.#draw(at);
  }

  fail(path: string, at: number): void {
    this.#tree.at(path)?.fail("error", "failed");
    this.#draw(at);
  }

  /** Goes back to these outcomes; everything else begins again. */
  restore(kept: KeptOutcomes, at: number): void {
    this.#kept = kept;
    for (const model of this.#known.values()) {
      model.status = "open";
      model.result = undefined;
      model.started = 0;
      model.interrupted = 0;
      model.asked = 0;
    }
    this.#tree = this.#newTree();
    this.#draw(at);
  }

  /** Cancels what is running or, if `all` is true, everything that is not settled. */
  cancel(all: boolean): void {
    for (const [path, model] of this.#present) {
      if (model.status !== "running" && !(all && model.status === "open")) continue;
      model.status = "cancelled";
      const instance = this.#tree.at(path);
      if (instance !== undefined) instance.status = "cancelled";
    }
  }

  // --- the rules of the language

  #newTree(): StepTree {
    return new StepTree(this.#workflow.prepared.definition.steps, {
      roots: rootNames(this.#workflow, this.#runId),
      onReady: (leaf) => this.#takeKept(leaf),
      isKnown: (round) =>
        [...this.#kept.keys()].some((path) => path === round || path.startsWith(`${round}.`)),
    });
  }

  #takeKept(leaf: Instance): void {
    if (!this.#kept.has(leaf.path)) return;
    const result = this.#kept.get(leaf.path);
    if (result === undefined) leaf.fail("error", "failed");
    else leaf.complete(result);
  }

  #isTolerated(path: string): boolean {
    for (let at = this.#tree.at(path); at !== undefined; at = at.owner)
      if (at.isTolerant) return true;
    return false;
  }

  #draw(at: number, isAwake = false): void {
    this.#tree.settle({ now: at, isAwake });
    this.#update();
  }

  #update(): void {
    this.#present = new Map(
      this.#tree.instances.map((instance) => [instance.path, this.#modelOf(instance)]),
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
    if (isSettled && known.status !== status) known.status = status as StepModel["status"];
    if (status === "completed") known.result = result;
    return known;
  }
}
