import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import type { StoragePort } from "@automatosx/workflow";

type Entry = Parameters<StoragePort["commit"]>[0]["runs"][number]["entries"][number];

/**
 * True if the attempt's agent is scripted to fail for this reason or, if the reason is empty, to
 * succeed.
 */
type IsMeant = (stepId: string, attemptNumber: number, reason: string) => boolean;

/** A step as described by the journal, by rules that are independent of the core. */
interface StepModel {
  readonly step: StepDefinition;
  status: "open" | "running" | "completed" | "failed" | "skipped" | "cancelled";
  newestAttempt: number;
  /** Number of attempts since the run began or was last restored. */
  started: number;
  /** How many of `started` were interrupted. */
  interrupted: number;
  /** Number of attempts over the whole life of the run that repeat one lost with its process. */
  repeated: number;
  /** True once it has failed with no retry left, although another attempt might succeed. */
  hasRunOut: boolean;
  result: unknown;
}

/** The outcomes at a checkpoint: results by step id, and the steps that were allowed to fail. */
interface CheckpointModel {
  readonly results: ReadonlyMap<string, unknown>;
  readonly tolerated: readonly string[];
}

/**
 * A second opinion on a run: the meaning of its acknowledged journal entries, derived without the
 * core. It reports every entry that contradicts earlier entries.
 */
export class RunModel {
  readonly entries: Entry[] = [];
  readonly steps: ReadonlyMap<string, StepModel>;
  ending: "completed" | "failed" | "cancelled" | undefined;
  /** How often the run was restored to a checkpoint, or resumed after it had failed. */
  restores = 0;
  /**
   * Each step's counted failures over the whole life of the run, which is the position in its
   * script.
   */
  readonly failures = new Map<string, number>();
  /**
   * Number of attempts that did not end as scripted, because the machine slept or the agent
   * answered while the engine was stopping.
   */
  unscripted = 0;
  readonly #definition: WorkflowDefinition;
  readonly #report: (failure: string) => void;
  /** The steps whose newest attempt was interrupted. */
  readonly #interrupted = new Set<string>();
  readonly #checkpoints = new Map<string, CheckpointModel>();

  constructor(definition: WorkflowDefinition, report: (failure: string) => void) {
    this.#definition = definition;
    this.#report = report;
    this.steps = new Map(
      definition.steps.map((step) => [
        step.id,
        {
          step,
          status: "open",
          newestAttempt: 0,
          started: 0,
          interrupted: 0,
          repeated: 0,
          hasRunOut: false,
          result: undefined,
        },
      ]),
    );
  }

  /** Maximum number of steps in flight at once. */
  get concurrency(): number {
    return this.#definition.limits.concurrency ?? Number.POSITIVE_INFINITY;
  }

  /** The recorded results, by step id. */
  get results(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.steps]
        .filter(([, { status }]) => status === "completed")
        .map(([id, { result }]) => [id, result]),
    );
  }

  /** The steps whose failure `continueOnError` allows. */
  get #tolerated(): readonly string[] {
    return [...this.steps.values()].flatMap(({ status, step }) =>
      status === "failed" && step.continueOnError ? [step.id] : [],
    );
  }

  /** Applies an entry that the storage has written. */
  apply(entry: Entry, isMeant: IsMeant): void {
    const last = this.entries.at(-1);
    if (entry.seq !== (last?.seq ?? 0) + 1) this.#wrong(entry, `does not follow ${last?.seq ?? 0}`);
    if (last !== undefined && entry.at < last.at)
      this.#wrong(entry, "is earlier than the entry before it");
    if (this.ending === "completed" || this.ending === "cancelled")
      this.#wrong(entry, `comes after the run was ${this.ending}`);
    if (this.ending === "failed" && entry.type !== "restore_checkpoint")
      this.#wrong(entry, "comes after the run had failed");
    this.entries.push(entry);
    const payload = JSON.parse(entry.payload) as Record<string, unknown>;
    switch (entry.type) {
      case "execute_step_batch":
        for (const [index, id] of (payload["stepIds"] as string[]).entries())
          this.#start(entry, id, (payload["attempts"] as number[])[index]);
        break;
      case "step_completed":
        this.#complete(entry, payload["result"], isMeant);
        break;
      case "step_failed":
        this.#fail(entry, payload, isMeant);
        break;
      case "checkpoint_created":
        this.#checkpoints.set(payload["checkpointId"] as string, {
          results: new Map(Object.entries(this.results)),
          tolerated: this.#tolerated,
        });
        break;
      case "restore_checkpoint":
        this.#restore(
          payload["checkpointId"] as string,
          payload["completed"] as string[],
          Object.keys(payload["tolerated"] ?? {}),
        );
        break;
      case "cancel_workflow":
        this.#end("cancelled");
        break;
      case "workflow_failed":
        this.#checkEnd(entry);
        this.#end("failed");
        break;
      case "complete_workflow":
        this.#checkEnd(entry);
        this.#end("completed");
        break;
      default:
        break;
    }
  }

  /**
   * The value that dependent steps receive: the result, or null if the step was allowed to fail.
   */
  given(stepId: string): unknown {
    const model = this.steps.get(stepId);
    return model?.status === "completed" ? model.result : null;
  }

  /** True if the newest attempt of the step was interrupted. */
  wasInterrupted(stepId: string): boolean {
    return this.#interrupted.has(stepId);
  }

  /** True if the run wrote this checkpoint, according to its journal. */
  hasCheckpoint(checkpointId: string): boolean {
    return this.#checkpoints.has(checkpointId);
  }

  #start(entry: Entry, id: string, attempt: number | undefined): void {
    const model = this.#find(entry, id);
    if (model === undefined) return;
    if (model.status === "completed")
      this.#wrong(entry, `starts \`${id}\`, although its result is recorded`);
    else if (model.status !== "open")
      this.#wrong(entry, `starts \`${id}\`, which is ${model.status}`);
    if (attempt !== model.newestAttempt + 1)
      this.#wrong(entry, `starts attempt ${attempt} of \`${id}\` after ${model.newestAttempt}`);
    for (const dependency of model.step.dependencies) {
      const other = this.steps.get(dependency);
      const isSatisfied =
        other?.status === "completed" || (other?.status === "failed" && other.step.continueOnError);
      if (!isSatisfied) this.#wrong(entry, `starts \`${id}\` before \`${dependency}\``);
    }
    model.status = "running";
    this.#interrupted.delete(id);
    model.newestAttempt += 1;
    model.started += 1;
    if (model.started - model.interrupted > model.step.retries + 1) {
      const tries = model.started - model.interrupted;
      this.#wrong(
        entry,
        `starts try ${tries} of \`${id}\`, which has ${model.step.retries} retries`,
      );
    }
    this.#checkLimits(entry);
  }

  #checkLimits(entry: Entry): void {
    const running = [...this.steps.values()]
      .filter(({ status }) => status === "running")
      .map(({ step }) => step);
    const { concurrency = Number.POSITIVE_INFINITY, agents } = this.#definition.limits;
    if (running.length > concurrency)
      this.#wrong(
        entry,
        `leaves ${running.length} steps in flight; at most ${concurrency} are allowed`,
      );
    for (const [agentId, limit] of Object.entries(agents)) {
      const count = running.filter((step) => step.agentId === agentId).length;
      if (count > limit.concurrency)
        this.#wrong(
          entry,
          `leaves ${count} steps of \`${agentId}\` in flight; at most ${limit.concurrency} ` +
            "are allowed",
        );
    }
    if (running.filter((step) => !step.parallel).length > 1)
      this.#wrong(entry, "leaves two steps in flight that must not overlap");
  }

  #outcome(entry: Entry): StepModel | undefined {
    const model = this.#find(entry, entry.stepId ?? "");
    if (model === undefined) return undefined;
    if (model.status !== "running")
      this.#wrong(entry, `records an outcome of \`${entry.stepId}\`, which is ${model.status}`);
    if (entry.attemptNumber !== model.newestAttempt) {
      this.#wrong(
        entry,
        `records the outcome of attempt ${entry.attemptNumber} of \`${entry.stepId}\`; ` +
          `its newest attempt is ${model.newestAttempt}`,
      );
    }
    return model;
  }

  #complete(entry: Entry, result: unknown, isMeant: IsMeant): void {
    const model = this.#outcome(entry);
    if (model === undefined) return;
    if (!isMeant(model.step.id, model.newestAttempt, "")) this.unscripted += 1;
    model.status = "completed";
    model.result = result;
  }

  #fail(entry: Entry, payload: Record<string, unknown>, isMeant: IsMeant): void {
    const model = this.#outcome(entry);
    if (model === undefined) return;
    const { id } = model.step;
    if (payload["reason"] === "interrupted") {
      model.interrupted += 1;
      this.#interrupted.add(id);
    } else {
      this.failures.set(id, (this.failures.get(id) ?? 0) + 1);
      if (!isMeant(id, model.newestAttempt, String(payload["reason"]))) this.unscripted += 1;
    }
    model.status = payload["final"] === true ? "failed" : "open";
    const mayRetry =
      payload["reason"] !== "invalid" && model.started - model.interrupted <= model.step.retries;
    if (payload["reason"] !== "interrupted" && mayRetry === (payload["final"] === true)) {
      const how = mayRetry
        ? "permanently, although it has a retry left"
        : "temporarily, although it has no retry left";
      this.#wrong(entry, `fails \`${id}\` ${how}`);
    }
    if (model.status === "failed" && payload["reason"] !== "invalid") model.hasRunOut = true;
    if (model.status === "failed" && !model.step.continueOnError) this.#skipAfter(id);
  }

  #skipAfter(id: string): void {
    for (const model of this.steps.values()) {
      if (model.status !== "open" || !model.step.dependencies.includes(id)) continue;
      model.status = "skipped";
      this.#skipAfter(model.step.id);
    }
  }

  #restore(checkpointId: string, completed: readonly string[], tolerated: readonly string[]): void {
    this.restores += 1;
    this.ending = undefined;
    this.#interrupted.clear();
    const kept = this.#checkpoints.get(checkpointId) ?? {
      results: new Map(Object.entries(this.results)),
      tolerated: this.#tolerated,
    };
    for (const model of this.steps.values()) {
      model.status = completed.includes(model.step.id) ? "completed" : "open";
      if (tolerated.includes(model.step.id)) model.status = "failed";
      model.result = model.status === "completed" ? kept.results.get(model.step.id) : undefined;
      model.started = 0;
      model.interrupted = 0;
    }
    if (tolerated.join(", ") !== kept.tolerated.join(", "))
      this.#report(
        `the restore of ${checkpointId} keeps the failures of [${tolerated.join(", ")}], ` +
          `not of [${kept.tolerated.join(", ")}]`,
      );
    const missing = [...kept.results.keys()].filter((id) => !completed.includes(id));
    if (missing.length > 0)
      this.#report(
        `the restore of ${checkpointId} drops the recorded results of ${missing.join(", ")}`,
      );
  }

  #end(ending: "completed" | "failed" | "cancelled"): void {
    this.ending = ending;
    for (const model of this.steps.values()) {
      if (model.status === "running" || (ending === "cancelled" && model.status === "open"))
        model.status = "cancelled";
    }
  }

  // A run may end with skipped steps and with failures that `continueOnError` allows. It fails if
  // and only if a step failed that was not allowed to.
  #checkEnd(entry: Entry): void {
    const open = [...this.steps.values()].filter(
      ({ status }) => status === "open" || status === "running",
    );
    if (open.length > 0)
      this.#wrong(
        entry,
        `ends the run while ${open.map(({ step }) => step.id).join(", ")} are open`,
      );
    const hasFailed = [...this.steps.values()].some(
      ({ status, step }) => status === "failed" && !step.continueOnError,
    );
    if (hasFailed !== (entry.type === "workflow_failed"))
      this.#wrong(entry, hasFailed ? "hides a failed step" : "fails the run without a failed step");
  }

  #find(entry: Entry, id: string): StepModel | undefined {
    const model = this.steps.get(id);
    if (model === undefined) this.#wrong(entry, `refers to \`${id}\`, which is not a step`);
    return model;
  }

  #wrong(entry: Entry, what: string): void {
    this.#report(`entry ${entry.seq} (${entry.type}) ${what}`);
  }
}
