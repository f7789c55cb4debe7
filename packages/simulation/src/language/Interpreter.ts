import { ExpressionFailure } from "./ExpressionFailure.js";
import { judgeEdges } from "./edges.js";
import type { InterpretedWorkflow, InterpreterOptions } from "./Host.js";
import { Instance } from "./Instance.js";
import { readItems } from "./items.js";
import { Launches } from "./Launches.js";
import { type RunNames, scopeInside, scopeOf, scopeOfRun, scopeOfUntil } from "./names.js";
import { evaluateField, fillValue } from "./template.js";

/** How a run has ended. */
export interface RunEnd {
  readonly status: "completed" | "failed";
  readonly outputs?: unknown;
  readonly error?: { readonly code: "step_failed" | "outputs_failed"; readonly message: string };
}

/**
 * Plays a workflow by the rules of the language alone: no core, no counters, no queue. After every
 * outcome it looks at every instance again until nothing changes, so it is slow and has little that
 * could be wrong.
 */
export class Interpreter {
  /** Every instance that has existed, in the order in which they came to be. */
  readonly instances: Instance[] = [];
  readonly launches: Launches;
  readonly #workflow: InterpretedWorkflow;
  readonly #run: RunNames;
  readonly #chance: () => number;
  /** What may still change. */
  #open: Instance[] = [];

  constructor(workflow: InterpretedWorkflow, options: InterpreterOptions) {
    const { inputs = {}, context = {}, roots = {}, chance = () => 0 } = options;
    const { id, name = id, version = "1.0.0" } = workflow;
    this.#workflow = workflow;
    this.#chance = chance;
    const steps = workflow.steps.map((def) => this.#add(def.id, def, "step", undefined));
    this.#run = {
      roots: { inputs, context, workflow: { id, name, version }, ...roots },
      steps,
    };
    this.launches = new Launches(workflow, options, this.#run, () => this.#open);
  }

  /** The instance at a path. */
  at(path: string): Instance | undefined {
    return this.instances.find((instance) => instance.path === path);
  }

  /**
   * Runs until the end, or until `isStopped` says so after attempts have been launched; what is in
   * flight then stays in flight.
   */
  run(isStopped: () => boolean = () => false): RunEnd | undefined {
    for (;;) {
      this.#settle();
      if (this.#run.steps.every(({ isSettled }) => isSettled)) return this.#end();
      const hasLaunched = this.launches.start(this.#shuffled(this.#open));
      if (hasLaunched && isStopped()) return undefined;
      if (hasLaunched) continue;
      const rounds = this.#open.filter(({ form, status }) => form === "loop" && status === "open");
      this.launches.advance(rounds.map(({ dueAt }) => dueAt));
    }
  }

  #end(): RunEnd {
    const failed = this.#run.steps.filter(
      ({ status, isTolerated }) => status === "failed" && !isTolerated,
    );
    if (failed.length > 0) {
      const message = failed.map(({ path, error }) => `${path}: ${error}`).join("; ");
      return { status: "failed", error: { code: "step_failed", message } };
    }
    const { outputs } = this.#workflow;
    if (outputs === undefined) return { status: "completed" };
    try {
      return { status: "completed", outputs: fillValue(outputs, scopeOfRun(this.#run)) };
    } catch (error) {
      const { message } = expected(error);
      return { status: "failed", error: { code: "outputs_failed", message } };
    }
  }

  // --- the rules

  /** Draws every consequence. */
  #settle(): void {
    let hasChanged = true;
    while (hasChanged) {
      hasChanged = false;
      for (const instance of this.#shuffled(this.#open))
        if (this.#look(instance)) {
          hasChanged = true;
          if (instance.isSettled) this.launches.log.push(`${instance.path} ${instance.status}`);
        }
      this.#open = this.#open.filter(({ isSettled }) => !isSettled);
    }
  }

  /** Draws the next consequence for an instance; returns false if there is none. */
  #look(instance: Instance): boolean {
    try {
      if (instance.status === "pending") return this.#lookAtEdges(instance);
      return instance.status === "open" && this.#lookInside(instance);
    } catch (error) {
      instance.fail("expression", expected(error).message);
      return true;
    }
  }

  #lookAtEdges(instance: Instance): boolean {
    // An item begins when its step says so, and a round exists only once it begins.
    if (instance.role !== "step") return false;
    const siblings = instance.owner?.innerSteps ?? this.#run.steps;
    const verdict = judgeEdges(
      instance,
      instance.def.dependencies.flatMap((id) => siblings.filter(({ def }) => def.id === id)),
    );
    if (verdict.kind === "wait") return false;
    if (verdict.kind === "skip") instance.skip(verdict.because);
    else this.#enter(instance);
    return true;
  }

  #enter(instance: Instance): void {
    const { def } = instance;
    if (instance.role === "step" && def.if !== undefined) {
      const holds = evaluateField(def.if, scopeOf(instance, this.#run));
      if (typeof holds !== "boolean")
        throw new ExpressionFailure("type", "the condition is neither true nor false");
      if (!holds) {
        instance.skip(":condition");
        return;
      }
    }
    switch (instance.form) {
      case "foreach":
        this.#openItems(instance);
        break;
      case "loop":
        instance.status = "open";
        this.#beginRound(instance);
        break;
      case "group":
        instance.status = "open";
        instance.inside = (def.steps ?? []).map((inner) =>
          this.#add(`${instance.path}.${inner.id}`, inner, "step", instance),
        );
        break;
      case "leaf":
        instance.agentId = this.#agentOf(instance);
        instance.status = "ready";
    }
  }

  #agentOf(instance: Instance): string {
    const { choice, agentId } = instance.def;
    if (choice === undefined) return agentId;
    const chosen = evaluateField(choice.from, scopeOf(instance, this.#run));
    if (typeof chosen !== "string" || !choice.oneOf.includes(chosen))
      throw new ExpressionFailure("value", `${JSON.stringify(chosen)} is not in oneOf`);
    return chosen;
  }

  #openItems(step: Instance): void {
    const items = readItems(step, this.#run);
    if (items.length === 0) {
      step.complete([]);
      return;
    }
    step.status = "open";
    step.inside = items.map(({ path, names }) => this.#add(path, step.def, "item", step, names));
  }

  #beginRound(loop: Instance): void {
    const round = loop.inside.length + 1;
    const previous = loop.inside.at(-1)?.result ?? null;
    const instance = this.#add(`${loop.path}#${round}`, loop.def, "round", loop, {
      round,
      previous,
    });
    loop.inside.push(instance);
    this.#begin(instance);
  }

  #begin(instance: Instance): void {
    try {
      this.#enter(instance);
    } catch (error) {
      instance.fail("expression", expected(error).message);
    }
  }

  #lookInside(instance: Instance): boolean {
    switch (instance.form) {
      case "foreach":
        return this.#lookAtItems(instance);
      case "loop":
        return this.#lookAtRounds(instance);
      default:
        return this.#closeGroup(instance);
    }
  }

  #closeGroup(group: Instance): boolean {
    if (!group.inside.every(({ isSettled }) => isSettled)) return false;
    const failed = group.inside.filter(
      ({ status, isTolerated }) => status === "failed" && !isTolerated,
    );
    if (failed.length > 0) group.fail("inner", `failed: ${pathsOf(failed)}`);
    else if (group.def.outputs !== undefined)
      group.complete(fillValue(group.def.outputs, scopeInside(group, this.#run)));
    else
      group.complete(
        Object.fromEntries(group.inside.map(({ def, result }) => [def.id, result] as const)),
      );
    return true;
  }

  #lookAtItems(step: Instance): boolean {
    const begun = step.inside.filter(({ status, isSettled }) => status !== "pending" && !isSettled);
    const next = step.inside.find(({ status }) => status === "pending");
    if (next !== undefined) {
      if (begun.length >= (step.def.foreach?.concurrency ?? Number.POSITIVE_INFINITY)) return false;
      this.#begin(next);
      return true;
    }
    if (begun.length > 0) return false;
    const failed = step.inside.filter(
      ({ status, isTolerated }) => status === "failed" && !isTolerated,
    );
    if (failed.length > 0)
      step.fail(
        "inner",
        `${failed.length} of ${step.inside.length} items failed: ${pathsOf(failed)}`,
      );
    else step.complete(step.inside.map(({ result }) => result));
    return true;
  }

  #lookAtRounds(loop: Instance): boolean {
    const round = loop.inside.at(-1);
    const rule = loop.def.loop;
    if (round === undefined || rule === undefined || !round.isSettled) return false;
    if (loop.dueAt > 0) {
      // `until` was false, and the time between two rounds is running.
      if (this.launches.now < loop.dueAt) return false;
      loop.dueAt = 0;
      this.#beginRound(loop);
      return true;
    }
    if (round.status === "failed") {
      loop.fail("inner", `failed: ${round.path}: ${round.error}`);
      return true;
    }
    const { until, max, onMax, everyMs = 0 } = rule;
    const isEnough = until !== undefined && this.#holds(until, round);
    const isLast = loop.inside.length >= max;
    if (isEnough || (isLast && (until === undefined || onMax === "continue")))
      loop.complete(round.result);
    else if (isLast) loop.fail("rounds", `until was false after ${max} rounds`);
    else if (everyMs > 0) loop.dueAt = this.launches.now + everyMs;
    else this.#beginRound(loop);
    return true;
  }

  #holds(until: string, round: Instance): boolean {
    const holds = evaluateField(until, scopeOfUntil(round, this.#run));
    if (typeof holds !== "boolean")
      throw new ExpressionFailure("type", "until is neither true nor false");
    return holds;
  }

  // --- instances

  #add(
    path: string,
    def: Instance["def"],
    role: Instance["role"],
    owner: Instance | undefined,
    names: Instance["names"] = {},
  ): Instance {
    const instance = new Instance(path, def, role, owner, names);
    this.instances.push(instance);
    this.#open.push(instance);
    return instance;
  }

  #shuffled(list: readonly Instance[]): Instance[] {
    const shuffled = list.slice();
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = at - Math.floor(this.#chance() * (at + 1));
      const [a, b] = [shuffled[at], shuffled[other]];
      if (a !== undefined && b !== undefined) [shuffled[at], shuffled[other]] = [b, a];
    }
    return shuffled;
  }
}

const pathsOf = (instances: readonly Instance[]): string =>
  instances.map(({ path }) => path).join(", ");

/** The failure of an expression; anything else is a fault of this program and is thrown on. */
function expected(error: unknown): ExpressionFailure {
  if (error instanceof ExpressionFailure) return error;
  throw error;
}
