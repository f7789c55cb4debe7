import type { StepDef } from "@automatosx/rescript-core";
import { ExpressionFailure } from "./ExpressionFailure.js";
import { Instance } from "./Instance.js";
import { InstanceStore } from "./InstanceStore.js";
import { isMap } from "./json-values.js";
import { scopeOf } from "./names.js";
import { afterFailure } from "./outcomes.js";
import { schemaMisfit } from "./schema-misfit.js";
import { evaluateField, renderText } from "./template.js";
import { instantOf, Signals } from "./waits.js";

export interface StepTreeOptions {
  /** What the names of the run stand for, apart from `steps`. */
  readonly roots?: Readonly<Record<string, unknown>>;
  /** A number in [0, 1), asked for the order in which instances are looked at. */
  readonly chance?: () => number;
  /** A number in [0, 1), asked for the delay after a check that was not passed. */
  readonly delayChance?: () => number;
  /** Called for each instance that a rule has settled. */
  readonly onSettled?: (instance: Instance) => void;
  /** True if the next round of a loop need not wait: a restored run knows something of it. */
  readonly isKnown?: (round: string) => boolean;
  /** Called for each leaf that has become ready or open, before anything else is drawn. */
  readonly onReady?: (leaf: Instance) => void;
  /** Called for each step around others that is entered. */
  readonly onOpen?: (around: Instance) => void;
  /** The path of the stop that has stopped the run before it went back. */
  readonly stoppedBy?: () => string | undefined;
  /** When the next round of a loop that waits for it begins, if that was settled before. */
  readonly dueOf?: (loop: Instance) => number | undefined;
  /** Of the items that have not begun, those with the least rank begin first. */
  readonly rankOf?: (item: Instance) => number;
  /** The signals that an earlier tree of the run has kept. */
  readonly signals?: Signals;
}

/** When consequences are drawn. */
export interface Clock {
  readonly now: number;
  /** The same without the time for which the run was paused. Default `now`. */
  readonly runTime?: number;
  /** True if what is due by now happens. Default true. */
  readonly isAwake?: boolean;
}

/** The rules about what a leaf waits for: an answer, a signal, an instant, its checks. */
export class LeafTree extends InstanceStore {
  readonly signals: Signals;
  /** True while a wait that opens takes no signal that was kept. */
  defersSignals = false;
  protected readonly options: StepTreeOptions;
  /** True while what is due happens, before anything else is drawn. */
  protected isFallingDue = false;
  protected clock: Required<Clock> = { now: 0, runTime: 0, isAwake: true };

  constructor(defs: readonly StepDef[], options: StepTreeOptions, from: LeafTree | undefined) {
    super(defs, options.roots ?? {}, from);
    this.options = options;
    this.signals = from?.signals.clone() ?? options.signals ?? new Signals();
  }

  /** Sets when the next consequences are drawn. */
  setClock({ now, runTime = now, isAwake = true }: Clock): void {
    this.clock = { now, runTime, isAwake };
  }

  /** Leaves open whether an attempt took effect, and lets the step's `reconcile` find out. */
  leaveUnknown(instance: Instance, error: string, { reconciles = true } = {}): void {
    instance.status = "unknown";
    instance.error = error;
    const { reconcile } = instance.def;
    if (reconcile !== undefined && reconciles)
      instance.attached = this.#attach(instance, reconcile, {});
  }

  /** Takes the answer of an attempt, which its checks may refuse. */
  takeAnswer(instance: Instance, answer: unknown): void {
    instance.answer = answer;
    instance.passedChecks = 0;
    instance.attached = undefined;
    instance.status = "open";
    this.applying(instance, () => this.#makeChecks(instance));
  }

  /** Lets what belonged to an earlier instance of a leaf belong to this one. */
  assumeAttached(
    leaf: Instance,
    earlier: Instance | undefined,
    all: readonly Instance[],
    isSame: (attached: Instance) => boolean = () => true,
  ): void {
    for (const { path, def: before, names, ...state } of all) {
      const { check = [], reconcile } = leaf.def;
      const steps = [...check.map(({ step }) => step), reconcile];
      const def = steps.find((step) => step?.id === before.id) ?? before;
      const copy = this.add(path, def, "attached", leaf, names);
      Object.assign(copy, state, { owner: leaf, dependencies: undefined });
      if (!copy.isSettled && !isSame(copy)) {
        // Its request differs from that of its attempt, so it begins again.
        const { attemptNumber } = copy;
        Object.assign(copy, new Instance(path, def, "attached", leaf, names), { attemptNumber });
      }
      if (earlier?.attached?.path === path) leaf.attached = copy;
    }
  }

  // --- what is entered

  protected enterLeaf(instance: Instance): void {
    const { def, form } = instance;
    if (form === "gate") {
      // A question that cannot be rendered is never asked.
      renderText(def.gate?.ask ?? "", scopeOf(instance, this.names));
      this.#open(instance, this.#after(def.gate?.expiresMs));
    } else if (form === "wait") this.#openWait(instance);
    else {
      instance.agentId = this.agentOf(instance);
      instance.firstAgentId = instance.agentId;
      instance.status = "ready";
      instance.isEntered = true;
      this.options.onReady?.(instance);
    }
  }

  #open(instance: Instance, dueAt: number): void {
    instance.status = "open";
    instance.isEntered = true;
    instance.dueAt = dueAt;
    this.options.onReady?.(instance);
    if (!instance.isSettled && !instance.isCarried) instance.attemptNumber += 1;
  }

  #after(ms: number | undefined): number {
    return ms === undefined ? 0 : this.clock.now + ms;
  }

  /** The agent that a leaf is given to. */
  agentOf(instance: Instance): string {
    const { choice, agentId } = instance.def;
    if (choice === undefined) return agentId;
    const chosen = evaluateField(choice.from, scopeOf(instance, this.names));
    if (typeof chosen !== "string" || !choice.oneOf.includes(chosen))
      throw new ExpressionFailure("value", `${JSON.stringify(chosen)} is not in oneOf`);
    return chosen;
  }

  #openWait(instance: Instance): void {
    const { forMs, until, signal, timeoutMs } = instance.def.wait ?? {};
    const scope = scopeOf(instance, this.names);
    const name = signal === undefined ? undefined : renderText(signal, scope);
    const dueAt =
      until === undefined
        ? this.#after(name === undefined ? forMs : timeoutMs)
        : instantOf(evaluateField(until, scope));
    instance.signal = name;
    this.#open(instance, dueAt);
    if (instance.isSettled || instance.isCarried) return;
    if (name !== undefined) this.#takeSignal(instance);
    else if (dueAt <= this.clock.now) instance.complete(null);
  }

  #takeSignal(wait: Instance): void {
    const { signal: name, def } = wait;
    if (name === undefined || this.defersSignals) return;
    const kept = this.signals.take(name, def.wait?.form);
    if (kept !== undefined) wait.complete(kept.data);
  }

  /** Lets waits that have opened meanwhile take the signals that were kept. */
  takeSignals(): void {
    this.defersSignals = false;
    for (const wait of this.open) {
      if (wait.form !== "wait" || wait.status !== "open" || wait.isCarried) continue;
      this.#takeSignal(wait);
      this.note(wait);
    }
  }

  // --- what happens to it

  /** What was due when it was entered again falls due next. */
  protected isDue({ dueAt, isCarried }: Instance): boolean {
    const isNow = this.clock.isAwake && (!isCarried || this.isFallingDue);
    return isNow && dueAt > 0 && dueAt <= this.clock.now;
  }

  protected lookAtLeaf(instance: Instance): boolean {
    if (instance.form === "gate") return this.isDue(instance) && expireGate(instance);
    if (instance.form === "wait") return this.isDue(instance) && endWait(instance);
    return instance.status === "unknown" ? reconcile(instance) : this.#makeChecks(instance);
  }

  /** Makes the next check of an answer; returns false while one is being made. */
  #makeChecks(instance: Instance): boolean {
    const { attached, answer, def } = instance;
    if (attached !== undefined) {
      if (!attached.isSettled) return false;
      instance.attached = undefined;
      const problem = refusalOf(attached);
      if (problem !== undefined) return this.#refuse(instance, problem);
      instance.passedChecks += 1;
      return true;
    }
    const check = def.check?.[instance.passedChecks];
    if (check === undefined) instance.complete(answer);
    else if (check.step !== undefined)
      instance.attached = this.#attach(instance, check.step, { output: answer });
    else {
      const { that = "true", message = `the check \`${that}\` was not passed` } = check;
      const holds = evaluateField(that, scopeOf(instance, this.names, { output: answer }));
      if (typeof holds !== "boolean")
        throw new ExpressionFailure("type", "a check is neither true nor false");
      if (!holds) return this.#refuse(instance, message);
      instance.passedChecks += 1;
    }
    return true;
  }

  #refuse(instance: Instance, error: string): boolean {
    const chance = this.options.delayChance?.() ?? 0;
    const { now } = this.clock;
    afterFailure(
      instance,
      { reason: "check", error, answer: instance.answer },
      (delayMs) => now + delayMs,
      chance,
    );
    return true;
  }

  #attach(instance: Instance, def: StepDef, names: Instance["names"]): Instance {
    return this.add(`${instance.path}:${def.id}`, def, "attached", instance, names);
  }

  /** Applies a rule; an expression that fails in it is the failure of the instance. */
  protected applying(instance: Instance, rule: () => boolean): boolean {
    let hasChanged = true;
    try {
      hasChanged = rule();
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      instance.failureKind = error.kind;
      if (instance.status === "open" && instance.form === "leaf") instance.failureCount += 1;
      instance.fail("expression", error.message);
    }
    this.note(instance);
    return hasChanged;
  }

  /** Says that an instance is settled, if it is. */
  note(instance: Instance): void {
    if (instance.isSettled) this.options.onSettled?.(instance);
  }
}

/** A rejection fails the step, or completes it as one that was not approved. */
export function rejectGate(gate: Instance, note: string | undefined): void {
  if (gate.def.gate?.onReject === "continue")
    gate.complete({ ...(note !== undefined && { note }), approved: false });
  else gate.fail("rejected", note === undefined ? "rejected" : `rejected: ${note}`);
}

function expireGate(gate: Instance): boolean {
  const { onExpire = "reject" } = gate.def.gate ?? {};
  if (onExpire === "approve") gate.complete({ approved: true });
  else if (onExpire === "skip") gate.skip(":expired");
  else rejectGate(gate, "not answered in time");
  return true;
}

function endWait(wait: Instance): boolean {
  const { onTimeout = "fail" } = wait.def.wait ?? {};
  if (wait.signal === undefined || onTimeout === "continue") wait.complete(null);
  else if (onTimeout === "skip") wait.skip(":expired");
  else wait.fail("timeout", `the signal ${wait.signal} did not come in time`);
  return true;
}

/** What `reconcile` has found out: done, not done, or nothing. */
function reconcile(instance: Instance): boolean {
  const { attached } = instance;
  if (attached?.isSettled !== true) return false;
  instance.attached = undefined;
  const found = attached.status === "completed" && isMap(attached.result) ? attached.result : {};
  const { done, result = null } = found;
  const { output } = instance.def;
  const fits = output === undefined || schemaMisfit(output, result) === undefined;
  if (done === true && fits) instance.complete(result);
  else if (done === false) instance.status = "ready";
  return true;
}

/** Why a check does not pass an answer; undefined if it does. */
function refusalOf({ status, result, error, def }: Instance): string | undefined {
  if (status !== "completed") return error ?? "the check was not made";
  const verdict = isMap(result) ? result : {};
  const passes = def.run === undefined ? verdict["pass"] === true : verdict["pass"] !== false;
  const { reason } = verdict;
  return passes ? undefined : typeof reason === "string" ? reason : "the check was not passed";
}
