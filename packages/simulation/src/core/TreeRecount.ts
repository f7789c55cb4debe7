import type { StepDef, WorkflowEvent } from "@automatosx/rescript-core";
import {
  type Instance,
  type Refusal,
  RestorableRun,
  type Run,
  type RunPlan,
} from "../language/index.js";
import type { Plan } from "./Plan.js";
import {
  type Answer,
  type Failing,
  type Outcomes,
  type Place,
  type RecountStatus,
  type RestoredState,
  type Results,
  StepRecount,
} from "./StepRecount.js";
import type { Variant } from "./VariantPlan.js";

/**
 * The recount of a workflow of the language. What follows from a fact is drawn by the interpreter;
 * this class keeps the numbers and the limits. An instance keeps its index for the life of the run,
 * also if a restore removes it and it comes to be again.
 */
export class TreeRecount extends StepRecount {
  readonly #restorable: RestorableRun;
  #ids: string[];
  readonly #indexes: Map<string, number>;
  readonly #isLeaf: boolean[];
  /** How many entries of its agent's script each instance has used up. */
  #told: number[] = [];
  /** How many starts each instance was given beyond its retries: it was asked again, or parked. */
  #granted: number[] = [];
  /** The newest instance of each check, and of what finds out whether an attempt took effect. */
  #attached: Map<string, Instance> = new Map();
  /** What the workflow was last amended to. */
  #variant: Variant | undefined;
  /** The newest result of each leaf, by path. */
  #results: Map<string, unknown> = new Map();
  constructor(plan: Plan, from?: TreeRecount) {
    super(plan);
    this.#restorable = new RestorableRun(
      runPlanOf(plan),
      { inputs: plan.inputs ?? {}, context: {}, workflow: { id: "w" }, run: {} },
      {},
      from?.restorable,
    );
    this.#ids = from === undefined ? plan.defs.map(({ id }) => id) : from.#ids.slice();
    this.#indexes = new Map(from === undefined ? plan.indexOf : from.#indexes);
    this.#isLeaf = from === undefined ? [] : from.#isLeaf.slice();
    if (from === undefined) {
      for (const instance of this.#run.tree.steps)
        this.#isLeaf[this.indexOf(instance.path)] = isCounted(instance);
      this.#count();
      return;
    }
    from.copyTo(this);
    this.#told = from.#told.slice();
    this.#variant = from.#variant;
    this.#granted = from.#granted.slice();
    this.#results = new Map(from.#results);
    for (const instance of this.#run.tree.instances)
      if (instance.role === "attached") this.#attached.set(instance.path, instance);
  }

  override clone(): TreeRecount {
    return new TreeRecount(this.plan, this);
  }

  /** The run by the rules of the language. */
  override get run(): Run {
    return this.#run;
  }

  get #run(): Run {
    return this.#restorable.run;
  }

  get restorable(): RestorableRun {
    return this.#restorable;
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

  override get runningCount(): number {
    return this.#run.running.length;
  }

  override get nextAlarm(): number | undefined {
    const { tree, limits } = this.#run;
    const instants = [...tree.alarms, ...limits];
    return instants.length === 0 ? undefined : Math.min(...instants);
  }

  override get timers(): readonly number[] {
    return this.#run.timers;
  }

  override scriptPosition(index: number): number {
    return this.#told[index] ?? 0;
  }

  /** What a run still has of its past, in a form that tells two worlds apart. */
  override get hidden(): string {
    const absent = this.#ids.flatMap((id, index) =>
      this.status[index] === "absent" ? [`${id}.${this.attempt[index]}`] : [],
    );
    const told = this.#ids.flatMap((id, index) =>
      this.#told[index] ? [`${id}:${this.#told[index]}`] : [],
    );
    const kept = [...this.#restorable.offers.keys(), ...this.#restorable.begun];
    const changes = this.plan.variants === undefined ? [] : this.#changes;
    return [...absent, ...told, ...kept, ...changes].sort().join();
  }

  /** The state of a run that may be changed: its workflow, its results, and the offers. */
  get #changes(): string[] {
    const results = this.#run.tree.instances.map(({ path, result }) => [path, result]);
    const offers = [...this.#restorable.offers].map(([path, { outcome, asked, pinnedBy }]) => [
      path,
      outcome.result,
      asked?.text,
      pinnedBy,
    ]);
    const { variants = [] } = this.plan;
    const variant = this.#variant === undefined ? 0 : variants.indexOf(this.#variant);
    return [JSON.stringify([variant, results, offers])];
  }

  override resultOf(index: number): unknown {
    return this.#instance(index)?.result;
  }

  #instance(index: number): Instance | undefined {
    return this.#run.tree.at(this.idOf(index));
  }

  // --- questions

  /** An instance is ready only once the rules have entered it. */
  override isFree(index: number): boolean {
    const status = this.statusOf(index);
    return status === "ready" || status === "waiting";
  }

  override isDue(index: number, at: number): boolean {
    const instance = this.#instance(index);
    return instance !== undefined && this.#run.startsAt(instance) <= at;
  }

  override isAffordable(index: number): boolean {
    const instance = this.#instance(index);
    return instance !== undefined && this.#run.spending.admits(instance);
  }

  override get isWhole(): boolean {
    const { end } = this.#run;
    return end?.status === "completed" || end?.error?.code === "outputs_failed";
  }

  override get isUnfinished(): boolean {
    return this.#run.tree.steps.some(({ isSettled: isDone }) => !isDone);
  }

  /**
   * Those of leaves: what is around them follows from them again. What a restore has kept of a leaf
   * that has not been entered again is still kept.
   */
  override get outcomes(): Outcomes {
    const outcomes = new Map<number, "completed" | "failed">();
    for (const [path, { outcome, pinnedBy }] of this.#restorable.offers) {
      // An outcome that depends on the request of its leaf does not count yet.
      if (pinnedBy === undefined) continue;
      const index = this.indexOf(path);
      const status = this.statusOf(index);
      if (status === "absent" || status === "pending")
        outcomes.set(index, outcome.status === "completed" ? "completed" : "failed");
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
    return this.#instance(index)?.around.some(({ isTolerant }) => isTolerant) === true;
  }

  protected override agentOf(index: number): string {
    return this.#instance(index)?.agentId ?? "";
  }

  // --- changes

  override releaseFree(now: number): void {
    this.draw(now);
  }

  override wake(now: number): void {
    this.draw(now, true);
  }

  override get results(): Results {
    return new Map(this.#results);
  }

  override restore({ outcomes, results, keepsOffers }: RestoredState, now: number): void {
    for (let index = 0; index < this.size; index += 1) {
      this.put(index, "absent");
      this.failures[index] = 0;
      this.starts[index] = 0;
      this.lost[index] = 0;
    }
    this.#told = [];
    this.#granted = [];
    this.#restorable.restore(
      new Map(
        [...outcomes].map(([index, status]) => {
          const path = this.idOf(index);
          return [path, status === "completed" ? (results.get(path) ?? null) : undefined];
        }),
      ),
      keepsOffers,
    );
    this.draw(now);
  }

  override goBack(event: WorkflowEvent, { now, hasFailed }: Place): Refusal | undefined {
    this.#run.now = now;
    const refusal = this.#goBack(event, hasFailed);
    if (refusal !== undefined) return refusal;
    for (let index = 0; index < this.size; index += 1) {
      this.put(index, "absent");
      if (this.#instance(index)?.isCarried === true) continue;
      this.failures[index] = 0;
      this.starts[index] = 0;
      this.lost[index] = 0;
      this.#granted[index] = 0;
    }
    this.draw(now);
    return undefined;
  }

  #goBack(event: WorkflowEvent, hasFailed: boolean): Refusal | undefined {
    switch (event.type) {
      case "result_edited":
        return this.#restorable.edit(event.stepId, event.attemptNumber, event.result, hasFailed);
      case "steps_reopened":
        return this.#restorable.reopen(event.stepIds, event.downstream, hasFailed);
      case "gate_answered":
        return this.#restorable.approveEdited(event.stepId, event, event.edits);
      case "definition_changed":
        return this.#amend(event, hasFailed);
      default:
        return "unknown_step";
    }
  }

  /** Changes to the variant in the plan, never to the definition in the event. */
  #amend(
    { definitionHash }: Extract<WorkflowEvent, { readonly type: "definition_changed" }>,
    hasFailed: boolean,
  ): undefined {
    const { variants = [] } = this.plan;
    const variant = variants.find((_, index) => definitionHash === `variant ${index}`);
    if (variant === undefined) return;
    this.#variant = variant;
    const { defs, inputs } = variant;
    const plan = runPlanOf({ ...this.plan, defs });
    const roots = inputs === undefined ? {} : { inputs };
    this.#restorable.amend({ plan, roots }, hasFailed);
  }

  override get batches(): readonly (readonly string[])[] {
    return this.#variant?.graph.executionOrder ?? super.batches;
  }

  /** The steps of the workflow as it is now. */
  get defs(): readonly StepDef[] {
    return this.#variant?.defs ?? this.plan.defs;
  }

  override start(index: number): void {
    const leaf = this.#instance(index);
    if (leaf === undefined) return;
    const isRetry = (this.failures[index] ?? 0) > 0;
    this.#run.start(leaf);
    this.starts[index] = (this.starts[index] ?? 0) + 1;
    this.attemptCount += 1;
    if (isRetry) this.retryCount += 1;
    this.#update();
    this.checkTries(index);
  }

  override complete(index: number, answer: Answer, now: number): void {
    const leaf = this.#instance(index);
    if (leaf === undefined) return;
    this.#run.now = now;
    this.#run.complete(leaf, answer.result, answer);
    if (leaf.status !== "completed") this.#told[index] = this.scriptPosition(index) + 1;
    this.draw(now);
  }

  override fail(index: number, failing: Failing, now: number): void {
    const leaf = this.#instance(index);
    if (leaf === undefined) return;
    this.#run.now = now;
    const { failureCount } = leaf;
    this.#run.fail(leaf, failing);
    if (failing.reason === "interrupted") this.lost[index] = (this.lost[index] ?? 0) + 1;
    else this.#told[index] = this.scriptPosition(index) + 1;
    const isFree = leaf.failureCount === failureCount && failing.reason !== "interrupted";
    if (isFree) this.#granted[index] = (this.#granted[index] ?? 0) + 1;
    this.draw(now);
  }

  override cancel(all: boolean): void {
    for (const instance of this.#run.tree.instances) {
      const isConcerned = all ? !instance.isSettled : instance.status === "running";
      if (isConcerned) this.#run.tree.cancel([instance]);
    }
    this.#update();
  }

  protected override allowedTries(index: number): number {
    const { retries = 0, fallback } = this.defOf(index) ?? {};
    const agentCount = 1 + (fallback?.agents.length ?? 0);
    return (1 + retries) * agentCount + (this.#granted[index] ?? 0);
  }

  // --- the rules of the language

  /** Draws what follows; what is due happens only where the run has said so. */
  draw(now: number, isAwake = false): void {
    this.#run.now = now;
    this.#run.settle(isAwake);
    this.#update();
  }

  #update(): void {
    this.#restorable.noteAttempts();
    for (const instance of this.#run.tree.instances) {
      const { path, status, attemptNumber, failureCount, dueAt, result } = instance;
      const index = this.#indexOrNew(path, isCounted(instance));
      if (instance.role === "attached" && this.#attached.get(path) !== instance) {
        // A check that is made again, of another answer, has all its tries again.
        this.#attached.set(path, instance);
        this.starts[index] = 0;
        this.lost[index] = 0;
        this.#granted[index] = 0;
      }
      this.#isLeaf[index] = isCounted(instance);
      if (this.statusOf(index) !== status) this.put(index, status);
      this.attempt[index] = Math.max(this.attempt[index] ?? 0, attemptNumber);
      this.failures[index] = failureCount;
      if (status === "waiting") this.retryAt[index] = dueAt;
      if (status === "completed" && isCounted(instance)) this.#results.set(path, result);
    }
    this.#count();
  }

  /** The counts are added up again after each change. */
  protected override put(index: number, status: RecountStatus): void {
    this.status[index] = status;
  }

  #count(): void {
    const counts = { ...this.counts };
    for (const status of Object.keys(counts) as RecountStatus[]) counts[status] = 0;
    for (const instance of this.#run.tree.instances)
      if (isCounted(instance)) counts[instance.status] += 1;
    this.counts = counts;
  }

  #indexOrNew(path: string, isLeaf: boolean): number {
    const known = this.#indexes.get(path);
    if (known !== undefined) return known;
    const index = this.#ids.push(path) - 1;
    this.#indexes.set(path, index);
    this.#isLeaf[index] = isLeaf;
    this.status[index] = "absent";
    this.attempt[index] = 0;
    this.failures[index] = 0;
    this.starts[index] = 0;
    this.lost[index] = 0;
    this.retryAt[index] = 0;
    return index;
  }
}

/** True for a leaf that the metrics of a run count: not a stop, and not what checks an answer. */
const isCounted = ({ form, role }: Instance): boolean =>
  (form === "leaf" || form === "gate" || form === "wait") && role !== "attached";

const runPlanOf = ({ defs, outputs, handlers, policy }: Plan): RunPlan => ({
  steps: defs,
  ...(outputs !== undefined && { outputs }),
  ...(handlers !== undefined && { on: handlers }),
  ...(policy.budget !== undefined && { budget: policy.budget }),
  ...(policy.agentLimits !== undefined && { agentLimits: policy.agentLimits }),
});
