import type { WorkflowDefinition } from "@automatosx/schemas";
import { resolveInputs } from "../../definition/resolve-inputs.js";
import type { AttemptRequest } from "../../drive/attempt-request.js";
import { failure, type Outcome, stopped } from "../../drive/outcome.js";
import { renderRequest, requestValues } from "../../drive/render-request.js";
import { WorkflowError } from "../../errors.js";
import { usesChildRuns } from "../../every-step.js";
import { startingAttempt } from "../../journal/child-run-id.js";
import type { StoredDefinition } from "../../storage/StoragePort.js";
import type { ActiveRun } from "../ActiveRun.js";
import type { EngineContext } from "../EngineContext.js";
import type { RunningAttempt } from "../RunningAttempt.js";
import { copyAsJson } from "../validate-options.js";
import { whenAnswered } from "../when-answered.js";
import { ChildAttempt } from "./ChildAttempt.js";
import type { ChildRunPort } from "./ChildRunPort.js";
import { outcomeOfChild } from "./child-outcome.js";
import { type ChosenChild, chooseChild, hasEnded } from "./choose-child.js";
import { cancelChild, endChild } from "./end-child.js";
import { StepHistory } from "./StepHistory.js";
import { startChild } from "./start-child.js";

/** What a step runs. */
interface Child {
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Performs the steps that run a workflow as a run of its own. The run belongs to this engine like
 * any other, with a journal and a lease of its own.
 */
export class ChildRuns implements ChildRunPort {
  readonly #engine: EngineContext;
  readonly #histories = new WeakMap<ActiveRun, StepHistory>();
  readonly #resumedByUser = new WeakSet<ActiveRun>();

  constructor(engine: EngineContext) {
    this.#engine = engine;
  }

  async perform(
    parent: ActiveRun,
    request: AttemptRequest,
    attempt: RunningAttempt,
  ): Promise<Outcome> {
    const { clock } = attempt;
    try {
      const child = await this.#answered(parent, () => this.#read(request, attempt));
      if (typeof child === "string") return failure(child, "expression", clock.now());
      return await this.#join(parent, request, attempt, child);
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      if (error.code === "engine_closed" || parent.isDetached)
        return stopped("interrupted", request, clock);
      return failure(error.message, "invalid", clock.now());
    }
  }

  resumedByUser(parent: ActiveRun): void {
    this.#resumedByUser.add(parent);
  }

  ended(parent: ActiveRun, { onlyRecords = false } = {}): Promise<void> | undefined {
    const { runId, definition, attempts } = parent;
    if (!usesChildRuns(definition)) return undefined;
    const { storage } = this.#engine;
    const left = this.#answered(parent, () =>
      storage
        .listChildRuns(runId)
        .filter(({ parentStepId = "" }) => !attempts.has(parentStepId))
        .filter((run) => !hasEnded(run) && run.status !== "failed"),
    );
    const end = onlyRecords ? cancelChild : endChild;
    return left
      .then((runs) => Promise.all(runs.map((run) => end(this.#engine, run))))
      .then(() => undefined);
  }

  async #join(
    parent: ActiveRun,
    request: AttemptRequest,
    attempt: RunningAttempt,
    child: Child,
  ): Promise<Outcome> {
    const engine = this.#engine;
    const { stepId } = request;
    const identity = { definitionHash: child.stored.hash, inputs: child.inputs };
    const history = (): StepHistory => this.#historyOf(parent);
    const chosen: ChosenChild = await this.#answered(parent, () =>
      chooseChild(engine.storage, request, identity, history),
    );
    for (const run of chosen.leftOver) await cancelChild(engine, run);
    // Their handlers run beside the new run; the end of the parent waits for them.
    for (const run of chosen.leftOver) void endChild(engine, run);
    const rest = await new ChildAttempt({
      ...{ engine, parent, attempt },
      resumesPaused: this.#resumedByUser.has(parent),
      childId: chosen.runId,
      limits: request,
      isFailureKnown: ({ finishedAt = 0 }) => history().hasFailedSince(stepId, finishedAt),
      start: () => startChild(engine, { runId: chosen.runId, request, ...child }),
    }).perform();
    if (!("ending" in rest)) return rest;
    const startedBy = startingAttempt(chosen.runId);
    const isFirst = request.attemptNumber === 1;
    const before = isFirst
      ? { usd: 0, tokens: 0 }
      : await this.#answered(parent, () => history().usedSince(stepId, startedBy));
    return outcomeOfChild(rest, before, attempt.clock.now());
  }

  /** What the database answers, as soon as it does. */
  #answered<T>(parent: ActiveRun, read: () => T): Promise<T> {
    return whenAnswered(this.#engine.ports.clock, read, () => parent.isDetached);
  }

  #historyOf(parent: ActiveRun): StepHistory {
    const known =
      this.#histories.get(parent) ?? new StepHistory(this.#engine.storage, parent.runId);
    this.#histories.set(parent, known);
    return known;
  }

  /** Reads what the step runs; a text says why its inputs cannot be rendered. */
  #read(request: AttemptRequest, attempt: RunningAttempt): Child | string {
    const { hash = "", workflowId } = request.workflow ?? {};
    const rendered = renderRequest(request, requestValues(request, attempt), attempt);
    if (!rendered.ok) return rendered.error;
    const stored = this.#engine.storage.getWorkflow(hash);
    if (stored === undefined)
      throw new WorkflowError(
        "journal_damaged",
        `The definition ${hash} of the workflow ${workflowId} is not stored.`,
        { runId: request.runId },
      );
    const definition = JSON.parse(stored.definition) as WorkflowDefinition;
    const inputs = resolveInputs(definition.inputs, rendered.parts.with ?? {});
    return { stored, definition, inputs: copyAsJson(inputs, "inputs") };
  }
}
