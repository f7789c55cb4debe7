import type { AttemptRequest } from "../../drive/attempt-request.js";
import { failure, type Outcome, stopped } from "../../drive/outcome.js";
import { WorkflowError } from "../../errors.js";
import { usesChildRuns } from "../../every-step.js";
import { startingAttempt } from "../../journal/child-run-id.js";
import type { ActiveRun } from "../ActiveRun.js";
import type { EngineContext } from "../EngineContext.js";
import type { RunningAttempt } from "../RunningAttempt.js";
import { whenAnswered } from "../when-answered.js";
import { ChildAttempt } from "./ChildAttempt.js";
import type { ChildRunPort } from "./ChildRunPort.js";
import { outcomeOfChild, restOfChild } from "./child-outcome.js";
import { type ChosenChild, chooseChild, hasEnded } from "./choose-child.js";
import { cancelChild, endChild } from "./end-child.js";
import { type Child, readChild } from "./read-child.js";
import { StepHistory } from "./StepHistory.js";
import { startChild } from "./start-child.js";
import { hasFailedSince, type StepFacts, usedSince } from "./step-facts.js";

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
      const child = await this.#answered(parent, () =>
        readChild(request, (hash) => this.#engine.storage.getWorkflow(hash), attempt),
      );
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
    const facts = (): StepFacts => this.#historyOf(parent).of(stepId);
    const chosen: ChosenChild = await this.#answered(parent, () =>
      chooseChild(engine.storage, request, identity, facts),
    );
    for (const run of chosen.leftOver) await cancelChild(engine, run);
    // Their handlers run beside the new run; the end of the parent waits for them.
    for (const run of chosen.leftOver) void endChild(engine, run);
    const rest = await new ChildAttempt({
      ...{ engine, parent, attempt },
      resumesPaused: this.#resumedByUser.has(parent),
      childId: chosen.runId,
      limits: request,
      isFailureKnown: ({ finishedAt = 0 }) => hasFailedSince(facts(), finishedAt),
      start: () => startChild(engine, { runId: chosen.runId, request, ...child }),
    }).perform();
    if (!("ending" in rest)) return rest;
    const startedBy = startingAttempt(chosen.runId);
    const isFirst = request.attemptNumber === 1;
    const before = isFirst
      ? { usd: 0, tokens: 0 }
      : await this.#answered(parent, () => usedSince(facts(), startedBy));
    return outcomeOfChild(restOfChild(rest), before, attempt.clock.now());
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
}
