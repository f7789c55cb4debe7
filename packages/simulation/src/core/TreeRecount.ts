import type { StepDef } from "@automatosx/rescript-core";
import { type Instance, StepTree } from "../language/index.js";
import type { Plan } from "./Plan.js";
import { isSettled, type Outcomes, type RecountStatus, StepRecount } from "./StepRecount.js";

/**
 * The recount of a workflow with inner steps, items and rounds. What follows from an outcome is
 * drawn by the interpreter of the language; this class keeps the numbers and the limits. An
 * instance keeps its index for the life of the run, also if a restore removes it and it comes to be
 * again.
 */
export class TreeRecount extends StepRecount {
  #tree: StepTree;
  #ids: string[];
  readonly #indexes: Map<string, number>;
  readonly #isLeaf: boolean[];
  /** How often each instance was asked again since the run began or was last restored. */
  #asked: number[] = [];
  /** What a restore has kept, by path, until its step is entered again. */
  #offers: ReadonlyMap<string, unknown> = new Map();

  constructor(plan: Plan, from?: TreeRecount) {
    super(plan);
    this.#tree = this.#copyOfTree(from);
    this.#ids = from === undefined ? plan.defs.map(({ id }) => id) : from.#ids.slice();
    this.#indexes = new Map(from === undefined ? plan.indexOf : from.#indexes);
    this.#isLeaf = from === undefined ? [] : from.#isLeaf.slice();
    if (from === undefined) {
      this.counts.pending = 0;
      for (const { path, form } of this.#tree.steps) {
        this.#isLeaf[this.indexOf(path)] = form === "leaf";
        if (form === "leaf") this.counts.pending += 1;
      }
      return;
    }
    from.copyTo(this);
    this.#asked = from.#asked.slice();
    this.#offers = from.#offers;
  }

  override clone(): TreeRecount {
    return new TreeRecount(this.plan, this);
  }

  // --- instances

  override get size(): number {
    return this.#ids.length;
  }

  override get ids(): readonly string[] {
    return this.#ids;
  }

  override idOf(index: number): string {
    return this.#ids[index] ?? "";
  }

  override indexOf(id: string): number {
    return this.#indexes.get(id) ?? -1;
  }

  override defOf(index: number): StepDef | undefined {
    return this.#instance(index)?.def;
  }

  override isLeaf(index: number): boolean {
    return this.#isLeaf[index] === true;
  }

  override get nextAlarm(): number | undefined {
    const { alarms } = this.#tree;
    return alarms.length === 0 ? undefined : Math.min(...alarms);
  }

  /** How often the agent of an instance has failed or given an answer that does not fit. */
  override scriptPosition(index: number): number {
    return super.scriptPosition(index) + (this.#asked[index] ?? 0);
  }

  /** What a restored run still has of its past, in a form that tells two worlds apart. */
  override get hidden(): string {
    const absent = this.#ids.flatMap((id, index) =>
      this.status[index] === "absent" ? [`${id}.${this.attempt[index]}`] : [],
    );
    return [...absent, ...this.#offers.keys()].sort().join();
  }

  override resultOf(index: number): unknown {
    return this.#instance(index)?.result;
  }

  #instance(index: number): Instance | undefined {
    return this.#tree.at(this.idOf(index));
  }

  // --- questions

  /** An instance is ready only once the rules have entered it. */
  override isFree(index: number): boolean {
    const status = this.statusOf(index);
    return status === "ready" || status === "waiting";
  }

  override get isWhole(): boolean {
    return this.#tree.steps.every(
      ({ status, isTolerated }) => status === "completed" || status === "skipped" || isTolerated,
    );
  }

  override get isUnfinished(): boolean {
    return this.#tree.steps.some((step) => !step.isSettled);
  }

  /**
   * Those of leaves: what is around them follows from them again. What a restore has kept of a leaf
   * that has not been entered again is still kept.
   */
  override get outcomes(): Outcomes {
    const outcomes = new Map<number, "completed" | "failed">();
    for (const [path, result] of this.#offers) {
      const index = this.indexOf(path);
      const status = this.statusOf(index);
      if (status === "absent" || status === "pending")
        outcomes.set(index, result === undefined ? "failed" : "completed");
    }
    for (const [index, status] of this.status.entries()) {
      if (!this.isLeaf(index)) continue;
      if (status === "completed") outcomes.set(index, status);
      if (status === "failed" && this.#isToleratedFailure(index)) outcomes.set(index, status);
    }
    return outcomes;
  }

  /** A failure of an attempt that the leaf, or something around it, tolerates. */
  #isToleratedFailure(index: number): boolean {
    if (this.attempt[index] === 0) return false;
    for (let at = this.#instance(index); at !== undefined; at = at.owner)
      if (at.isTolerant) return true;
    return false;
  }

  protected override agentOf(index: number): string {
    return this.#instance(index)?.agentId ?? "";
  }

  // --- changes

  override releaseFree(now: number): void {
    this.#draw(now);
  }

  override wake(now: number): void {
    this.#draw(now, true);
  }

  override restore(outcomes: Outcomes, now: number): void {
    this.#offers = new Map(
      [...outcomes].map(([index, status]) => [
        this.idOf(index),
        status === "completed" ? this.plan.resultOf(this.idOf(index)) : undefined,
      ]),
    );
    for (let index = 0; index < this.size; index += 1) {
      this.put(index, index < this.plan.defs.length ? "pending" : "absent");
      this.failures[index] = 0;
      this.starts[index] = 0;
      this.lost[index] = 0;
    }
    this.#asked = [];
    this.#tree = this.#newTree();
    this.#draw(now);
  }

  override start(index: number): void {
    super.start(index);
    this.#setStatus(index, "running");
  }

  override fail(...[index, reason, chance, now]: Parameters<StepRecount["fail"]>): void {
    super.fail(index, reason, chance, now);
    const status = this.statusOf(index);
    if (status === "ready" || status === "waiting") this.#setStatus(index, status);
  }

  override cancel(all: boolean): void {
    super.cancel(all);
    for (let index = 0; index < this.size; index += 1)
      if (this.status[index] === "cancelled") this.#setStatus(index, "cancelled");
  }

  protected override allowedTries(index: number): number {
    return super.allowedTries(index) + (this.#asked[index] ?? 0);
  }

  protected override asksAgain(index: number): boolean {
    const asked = this.#asked[index] ?? 0;
    if (asked >= (this.defOf(index)?.reasks ?? 0)) return false;
    this.#asked[index] = asked + 1;
    return true;
  }

  protected override settled(index: number, result: unknown, now: number): void {
    const instance = this.#instance(index);
    if (this.status[index] === "completed") instance?.complete(result);
    else instance?.fail("error", "scripted");
    this.#draw(now);
  }

  #setStatus(index: number, status: Instance["status"]): void {
    const instance = this.#instance(index);
    if (instance !== undefined) instance.status = status;
  }

  // --- the rules of the language

  #newTree(): StepTree {
    return new StepTree(this.plan.defs, this.#treeOptions());
  }

  #copyOfTree(from: TreeRecount | undefined): StepTree {
    return from === undefined ? this.#newTree() : from.#tree.clone(this.#treeOptions());
  }

  #treeOptions() {
    return {
      onReady: (leaf: Instance) => this.#takeOffer(leaf),
      isKnown: (round: string) =>
        [...this.#offers.keys()].some((path) => path === round || path.startsWith(`${round}.`)),
    };
  }

  /** A step whose outcome a restore has kept has that outcome as soon as it is entered. */
  #takeOffer(leaf: Instance): void {
    if (!this.#offers.has(leaf.path)) return;
    const result = this.#offers.get(leaf.path);
    if (result === undefined) leaf.fail("error", "scripted");
    else leaf.complete(result);
  }

  /** A loop continues only where the run has said that its instant has come. */
  #draw(now: number, isAwake = false): void {
    this.#tree.settle({ now, isAwake });
    for (const { path, status, form } of this.#tree.instances) {
      const index = this.#indexOrNew(path, form === "leaf");
      const known = this.statusOf(index);
      if (known !== status && !isSettled(known)) this.put(index, status);
    }
  }

  protected override put(index: number, status: RecountStatus): void {
    if (this.isLeaf(index)) super.put(index, status);
    else this.status[index] = status;
  }

  #indexOrNew(path: string, isLeaf: boolean): number {
    const known = this.#indexes.get(path);
    if (known !== undefined) return known;
    const index = this.#ids.push(path) - 1;
    this.#indexes.set(path, index);
    this.#isLeaf[index] = isLeaf;
    this.status[index] = "absent";
    if (isLeaf) this.counts.absent += 1;
    this.attempt[index] = 0;
    this.failures[index] = 0;
    this.starts[index] = 0;
    this.lost[index] = 0;
    this.retryAt[index] = 0;
    return index;
  }
}
