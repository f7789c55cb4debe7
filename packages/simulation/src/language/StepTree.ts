import type { StepDef } from "@automatosx/rescript-core";
import { ExpressionFailure } from "./ExpressionFailure.js";
import { judgeEdges } from "./edges.js";
import type { Scope } from "./evaluate.js";
import type { Instance } from "./Instance.js";
import type { HandlerKind } from "./InstanceStore.js";
import { readItems } from "./items.js";
import { mapOf } from "./json-values.js";
import { type Clock, LeafTree, type StepTreeOptions } from "./LeafTree.js";
import { scopeInside, scopeOf, scopeOfUntil } from "./names.js";
import { schemaMisfit } from "./schema-misfit.js";
import { evaluateField, fillValue, renderText } from "./template.js";

/** The step that has stopped the run. */
export interface Stopped {
  readonly by: string;
  readonly as: "completed" | "failed" | "cancelled";
  readonly reason: string | null;
}

const MAX_REASON_LENGTH = 4096;

/**
 * The instances of a run, and what follows from their outcomes: edges, conditions, groups, items,
 * rounds, gates, waits, checks and stops. It has no counters and no queue: after an outcome it
 * looks at every instance again until nothing changes, so it is slow and has little that could be
 * wrong.
 */
export class StepTree extends LeafTree {
  stopped: Stopped | undefined;
  /** True while stops are entered only after all else is drawn. */
  defersStops = false;

  constructor(defs: readonly StepDef[], options: StepTreeOptions = {}, from?: StepTree) {
    super(defs, options, from);
    this.stopped = from?.stopped;
  }

  /** A copy that changes on its own. */
  clone(options: StepTreeOptions = this.options): StepTree {
    return new StepTree([], options, this);
  }

  /** The instants at which something open continues by itself: a sleep ends, a round begins. */
  get alarms(): number[] {
    return this.open.flatMap((instance) => {
      const { form, status, dueAt, signal } = instance;
      const isAlarm = form === "loop" || (form === "wait" && signal === undefined);
      return isAlarm && status === "open" && dueAt > 0 ? [dueAt] : [];
    });
  }

  /** The instants at which a gate or a signal is no longer waited for. */
  get expiries(): number[] {
    return this.open.flatMap(({ form, status, dueAt, signal }) =>
      status === "open" && dueAt > 0 && (form === "gate" || signal !== undefined) ? [dueAt] : [],
    );
  }

  /** The instants, on the clock of the run, at which the total time of an instance is used up. */
  get deadlines(): number[] {
    return this.open.flatMap(({ deadlineAt, status }) =>
      deadlineAt === undefined || status === "unknown" ? [] : [deadlineAt],
    );
  }

  /** Draws every consequence that there is. */
  settle(clock: Clock): void {
    this.setClock(clock);
    const { isAwake } = this.clock;
    this.#forgetSettled();
    if (isAwake) this.#fallDue();
    do this.#drawAll();
    while (this.defersStops && this.#enterStop());
  }

  #drawAll(): void {
    let hasChanged = true;
    while (hasChanged) {
      hasChanged = false;
      for (const instance of this.shuffled(this.unsettled))
        if (this.#look(instance)) hasChanged = true;
      this.#forgetSettled();
    }
  }

  /** Enters one of the stops that may be entered: the one that has stopped the run before first. */
  #enterStop(): boolean {
    const before = this.options.stoppedBy?.();
    const stops = this.unsettled.filter(
      ({ form, status }) => form === "stop" && status === "pending",
    );
    this.defersStops = false;
    const hasEntered = stops
      .toSorted((a, b) => Number(b.path === before) - Number(a.path === before))
      .some((stop) => this.#look(stop));
    this.defersStops = true;
    return hasEntered;
  }

  /** Enters the steps of a handler, in which `run` stands for these values too. */
  enterHandler(kind: HandlerKind, defs: readonly StepDef[], run: Instance["names"]): void {
    const { run: about } = this.names.roots;
    const def = { id: `:${kind}`, steps: [...defs] } as unknown as StepDef;
    const around = this.handlerOf(kind, def, { run: { ...(about as object), ...run } });
    around.inside = defs.map((step) => this.add(`:${kind}.${step.id}`, step, "step", around));
  }

  /** Makes every unsettled instance cancelled that is among these or inside them. */
  cancel(instances: readonly Instance[]): void {
    for (const instance of instances) {
      if (instance.attached !== undefined) this.cancel([instance.attached]);
      this.cancel(instance.inside);
      if (instance.isSettled) continue;
      const { status, def } = instance;
      const mayHaveHappened = status === "running" || status === "unknown";
      if (def.effect === "external" && mayHaveHappened) instance.reason = "unknown";
      instance.status = "cancelled";
      this.note(instance);
    }
  }

  /** The same instances, in any order that the language allows. */
  shuffled(list: readonly Instance[]): readonly Instance[] {
    const { chance } = this.options;
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

  /** Lets everything happen that is due: total times first, each in the order of the instants. */
  #fallDue(): void {
    const { now, runTime } = this.clock;
    const never = Number.POSITIVE_INFINITY;
    const dueBy = (instantOf: (instance: Instance) => number, at: number): Instance[] =>
      this.instances
        .filter((instance) => !instance.isSettled && instantOf(instance) <= at)
        .toSorted((a, b) => instantOf(a) - instantOf(b));
    // Whether an effect has come in time is unknown.
    for (const instance of dueBy(({ deadlineAt = never }) => deadlineAt, runTime))
      if (!instance.isSettled && instance.status !== "unknown") this.#timeOut(instance);
    this.isFallingDue = true;
    for (const instance of dueBy(({ dueAt }) => (dueAt > 0 ? dueAt : never), now))
      if (instance.status === "open") this.#look(instance);
    this.isFallingDue = false;
  }

  /** Ends what has taken longer in all than it may. */
  #timeOut(instance: Instance): void {
    const { form, status, def } = instance;
    const error = `the whole step took longer than ${def.totalTimeout} ms`;
    if (form === "leaf" && status === "running" && def.effect === "external") {
      this.leaveUnknown(instance, error);
      return;
    }
    this.cancel([...instance.inside, ...(instance.attached ? [instance.attached] : [])]);
    instance.fail("timeout", error);
    instance.expiredAt = this.clock.now;
    this.note(instance);
  }

  /** Ends a step again whose total time was used up before, and draws what follows. */
  expire(instance: Instance): void {
    this.#timeOut(instance);
    this.settle(this.clock);
  }

  #forgetSettled(): void {
    this.unsettled = this.unsettled.filter(
      (instance) => !instance.isSettled && this.at(instance.path) === instance,
    );
  }

  /** Draws the next consequence for an instance; returns false if there is none. */
  #look(instance: Instance): boolean {
    if (instance.isSettled) return false;
    return this.applying(instance, () => {
      switch (instance.status) {
        case "pending":
          return this.#lookAtEdges(instance);
        case "open":
          return this.#lookInside(instance);
        case "unknown":
          return this.lookAtLeaf(instance);
        default:
          return false;
      }
    });
  }

  #lookAtEdges(instance: Instance): boolean {
    if (instance.role === "attached") {
      this.#enter(instance);
      return true;
    }
    // An item begins when its step says so, and a round exists only once it has begun.
    if (instance.role !== "step") return false;
    const siblings = instance.owner?.innerSteps ?? this.steps;
    instance.dependencies ??= instance.def.dependencies.flatMap((id) =>
      siblings.filter(({ def }) => def.id === id),
    );
    const verdict = judgeEdges(instance, instance.dependencies);
    const isDeferred = this.defersStops && instance.form === "stop";
    if (verdict.kind === "wait" || (isDeferred && verdict.kind === "enter")) return false;
    if (verdict.kind === "skip") instance.skip(verdict.because);
    else this.#enter(instance);
    return true;
  }

  #enter(instance: Instance): void {
    const { def } = instance;
    const scope = scopeOf(instance, this.names);
    if (instance.role === "step" && def.if !== undefined) {
      const holds = evaluateField(def.if, scope);
      if (typeof holds !== "boolean")
        throw new ExpressionFailure("type", "the condition is neither true nor false");
      if (!holds) {
        instance.skip(":condition");
        return;
      }
    }
    const isWhole = instance.role === "step" || instance.role === "attached";
    if (isWhole && def.totalTimeout !== undefined)
      instance.deadlineAt = this.clock.runTime + def.totalTimeout;
    instance.openedAt = this.clock.now;
    this.options.onOpen?.(instance);
    switch (instance.form) {
      case "foreach":
        return this.#openItems(instance);
      case "loop":
        instance.status = "open";
        return this.#beginRound(instance);
      case "group":
        instance.moduleNames = def.module && namesOfModule(def.module, scope);
        instance.status = "open";
        instance.inside = (def.steps ?? []).map((inner) =>
          this.add(`${instance.path}.${inner.id}`, inner, "step", instance),
        );
        return;
      case "stop":
        return this.#stop(instance);
      default:
        return this.enterLeaf(instance);
    }
  }

  /** The step that stops the run completes; every other step of the workflow is cancelled. */
  #stop(instance: Instance): void {
    const { as: ending = "completed", reason } = instance.def.stop ?? {};
    const text =
      reason === undefined
        ? null
        : renderText(reason, scopeOf(instance, this.names)).slice(0, MAX_REASON_LENGTH);
    instance.complete(text);
    this.stopped ??= { by: instance.path, as: ending, reason: text };
    this.cancel(this.steps);
  }

  #openItems(step: Instance): void {
    const items = readItems(step, this.names);
    if (items.length === 0) {
      step.complete([]);
      return;
    }
    step.status = "open";
    step.inside = items.map(({ path, names }) => this.add(path, step.def, "item", step, names));
  }

  #beginRound(loop: Instance): void {
    const round = loop.inside.length + 1;
    const previous = loop.inside.at(-1)?.result ?? null;
    const names = { round, previous };
    const instance = this.add(`${loop.path}#${round}`, loop.def, "round", loop, names);
    loop.inside.push(instance);
    this.#begin(instance);
  }

  /** Enters an item or a round; what fails in it fails the item or the round. */
  #begin(instance: Instance): void {
    this.applying(instance, () => {
      this.#enter(instance);
      return true;
    });
  }

  #lookInside(instance: Instance): boolean {
    switch (instance.form) {
      case "foreach":
        return this.#lookAtItems(instance);
      case "loop":
        return this.#lookAtRounds(instance);
      case "group":
        return this.#closeGroup(instance);
      default:
        return this.lookAtLeaf(instance);
    }
  }

  #closeGroup(group: Instance): boolean {
    if (!group.inside.every(({ isSettled }) => isSettled)) return false;
    const failed = untolerated(group.inside);
    const { outputs } = group.def;
    if (failed.length > 0) group.fail("inner", `failed: ${pathsOf(failed)}`);
    else if (outputs !== undefined)
      group.complete(fillValue(outputs, scopeInside(group, this.names)));
    else
      group.complete(
        Object.fromEntries(group.inside.map(({ def, result }) => [def.id, result] as const)),
      );
    return true;
  }

  #lookAtItems(step: Instance): boolean {
    const begun = step.inside.filter(({ status, isSettled }) => status !== "pending" && !isSettled);
    const pending = step.inside.filter(({ status }) => status === "pending");
    const ranks = pending.map((item) => this.options.rankOf?.(item) ?? 0);
    const next = pending[ranks.indexOf(Math.min(...ranks))];
    if (next !== undefined) {
      if (begun.length >= (step.def.foreach?.concurrency ?? Number.POSITIVE_INFINITY)) return false;
      this.#begin(next);
      return true;
    }
    if (begun.length > 0) return false;
    const failed = untolerated(step.inside);
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
      if (!this.isDue(loop)) return false;
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
      loop.dueAt = this.options.dueOf?.(loop) ?? this.clock.now + everyMs;
    else this.#beginRound(loop);
    return true;
  }

  #isKnown(round: string): boolean {
    return this.options.isKnown?.(round) === true;
  }

  #holds(until: string, round: Instance): boolean {
    const holds = evaluateField(until, scopeOfUntil(round, this.names));
    if (typeof holds !== "boolean")
      throw new ExpressionFailure("type", "until is neither true nor false");
    return holds;
  }
}

/** What an included workflow is given, by the names that it knows. */
function namesOfModule(
  { workflowId, name, version, inputs, context, with: given }: NonNullable<StepDef["module"]>,
  scope: Scope,
): Instance["names"] {
  const values = fillValue(given, scope) as Instance["names"];
  const accepted = Object.entries(inputs).flatMap(([input, { default: absent, schema }]) => {
    const value = Object.hasOwn(values, input) ? values[input] : absent;
    const misfit = schema && Object.hasOwn(values, input) && schemaMisfit(schema, value);
    if (typeof misfit === "string") throw new ExpressionFailure("type", `${input}: ${misfit}`);
    return value === undefined ? [] : [[input, value] as const];
  });
  return {
    inputs: mapOf(accepted),
    context,
    workflow: { id: workflowId, name, version },
  };
}

const pathsOf = (instances: readonly Instance[]): string =>
  instances.map(({ path }) => path).join(", ");

const untolerated = (instances: readonly Instance[]): Instance[] =>
  instances.filter(({ status, isTolerated }) => status === "failed" && !isTolerated);
