import type { Budget } from "@automatosx/rescript-core";
import type { PreparedWorkflow, StoragePort } from "@automatosx/workflow";
import type { AttemptFailure, Extras, Instance, Kept, Refusal, Run } from "../language/index.js";
import { type Place, RunSteps, type StepModel } from "./RunSteps.js";
import type { SimulatedWorkflow } from "./workflows.js";

type Entry = Parameters<StoragePort["commit"]>[0]["runs"][number]["entries"][number];

/** What a failed run still takes. */
const WAYS_BACK: ReadonlySet<string> = new Set([
  "restore_checkpoint",
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/**
 * True if the attempt's agent is scripted to fail for this reason or, if the reason is empty, to
 * succeed.
 */
type IsMeant = (stepId: string, attemptNumber: number, reason: string) => boolean;

/**
 * A second opinion on a run: the meaning of its acknowledged journal entries, derived without the
 * core. It reports every entry that contradicts earlier entries.
 */
export class RunModel {
  readonly entries: Entry[] = [];
  ending: "completed" | "failed" | "cancelled" | undefined;
  /** How often the run was restored to a checkpoint, or resumed after it had failed. */
  restores = 0;
  /** How often a result was edited, a step reopened, or the workflow changed. */
  changes = 0;
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
  /** The workflow that the run has now. */
  prepared: PreparedWorkflow;
  readonly #variants: readonly PreparedWorkflow[];
  readonly #report: (failure: string) => void;
  /** The steps whose newest attempt was interrupted. */
  readonly #interrupted = new Set<string>();
  readonly #checkpoints = new Map<string, Kept>();
  readonly #steps: RunSteps;

  constructor(
    workflow: Pick<SimulatedWorkflow, "prepared" | "inputs" | "context" | "variants">,
    runId: string,
    report: (failure: string) => void,
  ) {
    this.prepared = workflow.prepared;
    this.#variants = workflow.variants ?? [];
    this.#steps = new RunSteps(workflow, runId);
    this.#report = report;
  }

  /** The steps that exist, by path. */
  get steps(): ReadonlyMap<string, StepModel> {
    return this.#steps.all;
  }

  /** True if the cost or the conversation of an attempt matters. */
  get wantsMore(): boolean {
    const { budget, steps } = this.prepared.definition;
    return budget !== undefined || JSON.stringify(steps).includes('"session":{');
  }

  /** Maximum number of steps in flight at once. */
  get concurrency(): number {
    return this.prepared.definition.limits.concurrency ?? Number.POSITIVE_INFINITY;
  }

  /** What the run waits for: open gates and signals, and effects of unknown outcome. */
  get waitsFor(): readonly Instance[] {
    return this.#steps.run.waitsFor;
  }

  /** Why the run is paused; undefined if it is not. */
  get pausedFor(): Run["pausedFor"] {
    return this.#steps.run.pausedFor;
  }

  /** What its attempts have used. */
  get spending(): Run["spending"] {
    return this.#steps.run.spending;
  }

  /** The recorded results of the workflow's own steps, by id. */
  get results(): Record<string, unknown> {
    return this.#steps.results;
  }

  /** Applies an entry that the storage has written. */
  apply(entry: Entry, isMeant: IsMeant): void {
    this.#checkPlace(entry);
    this.entries.push(entry);
    const payload = JSON.parse(entry.payload) as Record<string, unknown>;
    switch (entry.type) {
      case "graph_built":
        this.#steps.draw(entry.at);
        break;
      case "steps_due":
        this.#steps.draw(entry.at, true);
        break;
      case "gate_answered":
      case "signal_received":
        this.#hear(entry, payload);
        break;
      case "result_edited":
      case "steps_reopened":
      case "definition_changed":
        this.#goBack(entry, payload);
        break;
      case "budget_changed":
        this.#steps.run.spending.change(payload["budget"] as Budget);
        this.#steps.draw(entry.at);
        break;
      case "pause_workflow":
        this.#pause(entry, payload["reason"]);
        break;
      case "resume_workflow":
        this.#steps.run.now = entry.at;
        this.#steps.run.resume();
        break;
      case "execute_step_batch":
        for (const [index, id] of (payload["stepIds"] as string[]).entries())
          this.#start(entry, id, (payload["attempts"] as number[])[index]);
        break;
      case "step_completed":
      case "step_answered":
        this.#complete(entry, payload, isMeant);
        break;
      case "step_failed":
        this.#fail(entry, payload, isMeant);
        break;
      case "checkpoint_created":
        this.#checkpoints.set(payload["checkpointId"] as string, this.#steps.outcomes);
        break;
      case "restore_checkpoint":
        this.#restore(
          entry,
          payload["checkpointId"] as string,
          payload["completed"] as string[],
          Object.keys(payload["tolerated"] ?? {}),
        );
        break;
      case "cancel_workflow":
        this.#cancel(entry.at);
        break;
      case "workflow_failed":
        this.#failRun(entry, payload);
        break;
      case "complete_workflow":
        this.#checkEnd(entry);
        this.#end("completed");
        break;
      default:
        break;
    }
  }

  #checkPlace(entry: Entry): void {
    const last = this.entries.at(-1);
    if (entry.seq !== (last?.seq ?? 0) + 1) this.#wrong(entry, `does not follow ${last?.seq ?? 0}`);
    if (last !== undefined && entry.at < last.at)
      this.#wrong(entry, "is earlier than the entry before it");
    if (this.ending === "completed" || this.ending === "cancelled")
      this.#wrong(entry, `comes after the run was ${this.ending}`);
    if (this.ending === "failed" && !WAYS_BACK.has(entry.type))
      this.#wrong(entry, "comes after the run had failed");
  }

  /**
   * What the agent of a step receives: the result of each step that it depends on, or null if that
   * step did not complete.
   */
  givenTo(path: string): Record<string, unknown> {
    return this.#steps.givenTo(path);
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
    if (!this.#steps.isEntered(id))
      this.#wrong(
        entry,
        `starts \`${id}\` before ${model.step.dependencies.join(", ")} or what is around it`,
      );
    const held = this.#steps.heldBy(id, entry.at);
    if (held !== undefined) this.#wrong(entry, `starts \`${id}\`, ${held}`);
    this.#steps.start(id, entry.at);
    this.#interrupted.delete(id);
    model.started += 1;
    const { retries, fallback } = model.step;
    const allowed = (retries + 1) * (1 + (fallback?.agents.length ?? 0));
    const tries = model.started - model.interrupted - model.asked;
    // What checks an answer is tried again for every answer, and an effect after every answer that
    // it did not happen.
    const isBounded = !id.includes(":") && model.step.effect !== "external";
    if (tries > allowed && isBounded) {
      this.#wrong(entry, `starts try ${tries} of \`${id}\`, which has ${retries} retries`);
    }
    this.#checkLimits(entry);
  }

  #checkLimits(entry: Entry): void {
    const running = [...this.steps].flatMap(([path, { status, step }]) =>
      status === "running" ? [{ ...step, agentId: this.#steps.agentOf(path) }] : [],
    );
    const { concurrency = Number.POSITIVE_INFINITY, agents } = this.prepared.definition.limits;
    if (running.length > concurrency)
      this.#wrong(
        entry,
        `leaves ${running.length} steps in flight; at most ${concurrency} are allowed`,
      );
    for (const [agentId, limit] of Object.entries(agents)) {
      const count = running.filter((step) => step.agentId === agentId).length;
      if (limit.concurrency !== undefined && count > limit.concurrency)
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

  #complete(entry: Entry, payload: Record<string, unknown>, isMeant: IsMeant): void {
    const model = this.#outcome(entry);
    if (model === undefined) return;
    const path = entry.stepId ?? "";
    if (!isMeant(path, model.newestAttempt, "")) this.unscripted += 1;
    const isJudged = model.step.check?.some(({ step }) => step !== undefined) === true;
    if (isJudged !== (entry.type === "step_answered"))
      this.#wrong(entry, `records the answer of \`${path}\`, whose judges were ignored`);
    const { usage, session } = payload as Extras;
    this.#steps.complete(path, payload["result"], { usage, session }, entry.at);
  }

  #fail(entry: Entry, payload: Record<string, unknown>, isMeant: IsMeant): void {
    const model = this.#outcome(entry);
    if (model === undefined) return;
    const path = entry.stepId ?? "";
    const reason = String(payload["reason"]);
    if (reason === "interrupted") {
      model.interrupted += 1;
      this.#interrupted.add(path);
    } else {
      this.failures.set(path, (this.failures.get(path) ?? 0) + 1);
      if (!isMeant(path, model.newestAttempt, reason)) this.unscripted += 1;
    }
    const failure = { ...payload, reason, error: String(payload["error"]) } as AttemptFailure;
    if (this.#steps.fail(path, failure, entry.at)) model.asked += 1;
    const isFinal = payload["final"] === true;
    if ((model.status === "failed") !== isFinal)
      this.#wrong(
        entry,
        isFinal
          ? `fails \`${path}\` permanently, although it has a retry left`
          : `fails \`${path}\` temporarily, although it has no retry left`,
      );
    if (isFinal && (reason === "error" || reason === "timeout")) model.hasRunOut = true;
  }

  /** An answer or a signal that was accepted must count. */
  #hear(entry: Entry, payload: Record<string, unknown>): void {
    const { run } = this.#steps;
    run.now = entry.at;
    const told = payload as { approved: boolean; values: Record<string, unknown>; note?: string };
    const refusal =
      entry.type === "gate_answered"
        ? run.answer(entry.stepId ?? "", entry.attemptNumber, told)
        : run.signal(
            String(payload["name"]),
            payload["data"],
            payload["signalId"] as string | undefined,
          );
    if (refusal !== undefined) this.#wrong(entry, `is accepted, although it is ${refusal}`);
    this.#steps.draw(entry.at);
  }

  #pause(entry: Entry, reason: unknown): void {
    const { run } = this.#steps;
    run.now = entry.at;
    if (reason === "waiting" && (run.running.length > 0 || run.waitsFor.length === 0))
      this.#wrong(entry, "pauses the run, although it waits for nothing");
    run.pause((reason ?? "asked") as "asked");
  }

  /** A run with handlers is cancelled in two steps. */
  #cancel(at: number): void {
    const { run } = this.#steps;
    run.now = at;
    const hasBegun = this.entries.some(({ type }) => type === "steps_scheduled");
    if (run.end !== undefined || !hasBegun || run.cancel()) this.#end("cancelled");
    else this.#steps.draw(at);
  }

  /** With handlers, a failure by the budget cancels the main steps first. */
  #failRun(entry: Entry, payload: Readonly<Record<string, unknown>>): void {
    const { run } = this.#steps;
    run.now = entry.at;
    const isFirst = payload["code"] === "budget_exceeded" && run.end === undefined;
    if (isFirst && !run.exceedBudget()) {
      this.#steps.draw(entry.at);
      return;
    }
    this.#checkEnd(entry);
    this.#end("failed");
  }

  #restore(
    entry: Entry,
    checkpointId: string,
    completed: readonly string[],
    tolerated: readonly string[],
  ): void {
    this.restores += 1;
    // A run that resumes where it failed loses no result.
    const keepsOffers = this.ending === "failed" && !this.#checkpoints.has(checkpointId);
    this.ending = undefined;
    this.#interrupted.clear();
    const outcomes = this.#checkpoints.get(checkpointId) ?? this.#steps.outcomes;
    const failed = [...outcomes].flatMap(([path, result]) => (result === undefined ? [path] : []));
    if (tolerated.toSorted().join(", ") !== failed.toSorted().join(", "))
      this.#report(
        `the restore of ${checkpointId} keeps the failures of [${tolerated.join(", ")}], ` +
          `not of [${failed.join(", ")}]`,
      );
    const missing = [...outcomes.keys()].filter(
      (path) => !completed.includes(path) && !failed.includes(path),
    );
    if (missing.length > 0)
      this.#report(
        `the restore of ${checkpointId} drops the recorded results of ${missing.join(", ")}`,
      );
    const kept = [...completed, ...tolerated].map((path) => [path, outcomes.get(path)] as const);
    this.#steps.restore(new Map(kept), keepsOffers, entry.at);
  }

  #goBack(entry: Entry, payload: Record<string, unknown>): void {
    const place = { at: entry.at, hasFailed: this.ending === "failed" };
    const refusal = this.#goneBack(entry, payload, place);
    if (refusal !== undefined) this.#wrong(entry, `is accepted, although it is ${refusal}`);
    this.restores += 1;
    this.changes += 1;
    for (const path of this.#interrupted)
      if (this.#steps.run.tree.at(path)?.isCarried !== true) this.#interrupted.delete(path);
    if (!place.hasFailed) return;
    this.ending = undefined;
    this.#steps.run.pause("asked");
  }

  #goneBack(entry: Entry, payload: Record<string, unknown>, place: Place): Refusal | undefined {
    switch (entry.type) {
      case "result_edited": {
        const { stepId = "", attemptNumber = 0 } = entry;
        return this.#steps.edit(stepId, attemptNumber, payload["result"], place);
      }
      case "steps_reopened":
        return this.#steps.reopen(
          payload["stepIds"] as string[],
          payload["downstream"] === true,
          place,
        );
      default: {
        const variant = this.#variants.find(({ hash }) => hash === payload["definitionHash"]);
        if (variant === undefined) {
          this.#wrong(entry, "changes to an unknown workflow");
          return undefined;
        }
        this.prepared = variant;
        return this.#steps.amend(variant.definition, place);
      }
    }
  }

  #end(ending: "completed" | "failed" | "cancelled"): void {
    this.ending = ending;
    this.#steps.cancel(ending === "cancelled");
  }

  // A run may end with skipped steps and with failures that `continueOnError` allows. It fails if
  // and only if a step failed that was not allowed to, or a stop has said so.
  #checkEnd(entry: Entry): void {
    const open = [...this.steps].filter(
      ([, { status }]) => status === "open" || status === "running",
    );
    if (open.length > 0)
      this.#wrong(entry, `ends the run while ${open.map(([path]) => path).join(", ")} are open`);
    const hasFailed = this.#steps.run.end?.status === "failed";
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
