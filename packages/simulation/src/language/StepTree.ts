import type { StepDef } from "@automatosx/rescript-core";
import { ExpressionFailure } from "./ExpressionFailure.js";
import { judgeEdges } from "./edges.js";
import { Instance } from "./Instance.js";
import { readItems } from "./items.js";
import { type RunNames, scopeInside, scopeOf, scopeOfUntil } from "./names.js";
import { evaluateField, fillValue } from "./template.js";

export interface StepTreeOptions {
  /** What the names of the run stand for, apart from `steps`. */
  readonly roots?: Readonly<Record<string, unknown>>;
  /** A number in [0, 1), asked for the order in which instances are looked at. */
  readonly chance?: () => number;
  /** Called for each instance that a rule has settled. */
  readonly onSettled?: (instance: Instance) => void;
  /** True if the next round of a loop need not wait: a restored run knows something of it. */
  readonly isKnown?: (round: string) => boolean;
  /** Called for each leaf that has become ready, before anything else is drawn. */
  readonly onReady?: (leaf: Instance) => void;
}

/**
 * The instances of a run, and what follows from their outcomes: edges, conditions, groups, items
 * and rounds. It has no counters and no queue: after an outcome it looks at every instance again
 * until nothing changes, so it is slow and has little that could be wrong.
 */
export class StepTree {
  /** Every instance that has existed, each after the one around it. */
  readonly instances: Instance[] = [];
  /** The steps of the workflow itself. */
  readonly steps: readonly Instance[];
  readonly #byPath = new Map<string, Instance>();
  readonly #options: StepTreeOptions;
  readonly #names: RunNames;
  /** What may still change. */
  #open: Instance[] = [];
  #now = 0;
  #isDue: (loop: Instance) => boolean = () => false;

  constructor(defs: readonly StepDef[], options: StepTreeOptions = {}, from?: StepTree) {
    this.#options = options;
    this.steps =
      from === undefined
        ? defs.map((def) => this.#add(def.id, def, "step", undefined))
        : this.#copy(from);
    this.#names = { roots: options.roots ?? {}, steps: this.steps };
  }

  /** A copy that changes on its own. */
  clone(options: StepTreeOptions = this.#options): StepTree {
    return new StepTree([], options, this);
  }

  get names(): RunNames {
    return this.#names;
  }

  /** What is not settled. */
  get open(): readonly Instance[] {
    return this.#open;
  }

  at(path: string): Instance | undefined {
    return this.#byPath.get(path);
  }

  /** The instants at which loops begin their next rounds. */
  get alarms(): number[] {
    return this.#open.flatMap(({ form, status, dueAt }) =>
      form === "loop" && status === "open" && dueAt > 0 ? [dueAt] : [],
    );
  }

  /**
   * Draws every consequence that there is at `now`. A loop whose next round is due begins it if
   * `isDue` agrees.
   */
  settle(now: number, isDue = ({ dueAt }: Instance): boolean => dueAt <= now): void {
    this.#now = now;
    this.#isDue = isDue;
    this.#open = this.#open.filter(({ isSettled }) => !isSettled);
    let hasChanged = true;
    while (hasChanged) {
      hasChanged = false;
      for (const instance of this.shuffled(this.#open)) if (this.#look(instance)) hasChanged = true;
      this.#open = this.#open.filter(({ isSettled }) => !isSettled);
    }
  }

  /** The same instances, in any order that the language allows. */
  shuffled(list: readonly Instance[]): readonly Instance[] {
    const { chance } = this.#options;
    if (chance === undefined) return list;
    const shuffled = list.slice();
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = at - Math.floor(chance() * (at + 1));
      const [a, b] = [shuffled[at], shuffled[other]];
      if (a !== undefined && b !== undefined) [shuffled[at], shuffled[other]] = [b, a];
    }
    return shuffled;
  }

  // --- the rules

  /** Draws the next consequence for an instance; returns false if there is none. */
  #look(instance: Instance): boolean {
    if (instance.isSettled) return false;
    const hasChanged = failingWith(instance, () => {
      if (instance.status === "pending") return this.#lookAtEdges(instance);
      return instance.status === "open" && this.#lookInside(instance);
    });
    if (instance.isSettled) this.#options.onSettled?.(instance);
    return hasChanged;
  }

  #lookAtEdges(instance: Instance): boolean {
    // An item begins when its step says so, and a round exists only once it has begun.
    if (instance.role !== "step") return false;
    const siblings = instance.owner?.innerSteps ?? this.steps;
    instance.dependencies ??= instance.def.dependencies.flatMap((id) =>
      siblings.filter(({ def }) => def.id === id),
    );
    const verdict = judgeEdges(instance, instance.dependencies);
    if (verdict.kind === "wait") return false;
    if (verdict.kind === "skip") instance.skip(verdict.because);
    else this.#enter(instance);
    return true;
  }

  #enter(instance: Instance): void {
    const { def } = instance;
    if (instance.role === "step" && def.if !== undefined) {
      const holds = evaluateField(def.if, scopeOf(instance, this.#names));
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
        this.#options.onReady?.(instance);
    }
  }

  #agentOf(instance: Instance): string {
    const { choice, agentId } = instance.def;
    if (choice === undefined) return agentId;
    const chosen = evaluateField(choice.from, scopeOf(instance, this.#names));
    if (typeof chosen !== "string" || !choice.oneOf.includes(chosen))
      throw new ExpressionFailure("value", `${JSON.stringify(chosen)} is not in oneOf`);
    return chosen;
  }

  #openItems(step: Instance): void {
    const items = readItems(step, this.#names);
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
    const names = { round, previous };
    const instance = this.#add(`${loop.path}#${round}`, loop.def, "round", loop, names);
    loop.inside.push(instance);
    this.#begin(instance);
  }

  /** Enters an item or a round; what fails in it fails the item or the round. */
  #begin(instance: Instance): void {
    failingWith(instance, () => {
      this.#enter(instance);
      return true;
    });
    if (instance.isSettled) this.#options.onSettled?.(instance);
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
    const { outputs } = group.def;
    if (failed.length > 0) group.fail("inner", `failed: ${pathsOf(failed)}`);
    else if (outputs !== undefined)
      group.complete(fillValue(outputs, scopeInside(group, this.#names)));
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
      if (!this.#isDue(loop)) return false;
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
    else if (everyMs > 0 && !this.#isKnown(`${loop.path}#${loop.inside.length + 1}`))
      loop.dueAt = this.#now + everyMs;
    else this.#beginRound(loop);
    return true;
  }

  #isKnown(round: string): boolean {
    return this.#options.isKnown?.(round) === true;
  }

  #holds(until: string, round: Instance): boolean {
    const holds = evaluateField(until, scopeOfUntil(round, this.#names));
    if (typeof holds !== "boolean")
      throw new ExpressionFailure("type", "until is neither true nor false");
    return holds;
  }

  // --- instances

  #add(
    path: string,
    def: StepDef,
    role: Instance["role"],
    owner: Instance | undefined,
    names: Instance["names"] = {},
  ): Instance {
    const instance = new Instance(path, def, role, owner, names);
    this.instances.push(instance);
    this.#byPath.set(path, instance);
    this.#open.push(instance);
    return instance;
  }

  #copy(from: StepTree): readonly Instance[] {
    const copies = new Map<Instance, Instance>();
    const copyOf = (other: Instance): Instance => copies.get(other) ?? other;
    for (const instance of from.instances) {
      const copy = instance.copy(copyOf);
      copies.set(instance, copy);
      this.instances.push(copy);
      this.#byPath.set(copy.path, copy);
      if (!copy.isSettled) this.#open.push(copy);
    }
    for (const [instance, copy] of copies) copy.inside = instance.inside.map(copyOf);
    return from.steps.map(copyOf);
  }
}

const pathsOf = (instances: readonly Instance[]): string =>
  instances.map(({ path }) => path).join(", ");

/** Applies a rule; an expression that fails in it is the failure of the instance. */
function failingWith(instance: Instance, rule: () => boolean): boolean {
  try {
    return rule();
  } catch (error) {
    if (!(error instanceof ExpressionFailure)) throw error;
    instance.failureKind = error.kind;
    instance.fail("expression", error.message);
    return true;
  }
}
