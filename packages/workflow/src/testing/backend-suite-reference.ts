import type { JournalEntry } from "@automatosx/schemas";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { eventOfOutcome, outcomeOfAnswer, outcomeOfError } from "../drive/outcome.js";
import { RunFold } from "../drive/RunFold.js";
import { policyOf } from "../drive/run-policy.js";
import { answerOf, failureOf, readScript } from "./backend-suite-agent.js";

/**
 * The rows of a run whose attempts are performed one at a time: what every backend must write for a
 * workflow of concurrency 1, except for instants, ids and random values.
 */
export function referenceRows(workflow: PreparedWorkflow): readonly JournalEntry[] {
  const { definition, graph, source, format } = workflow;
  const { context } = definition;
  const policy = policyOf(definition, {}, {});
  const start = { runId: "r", createdAt: 0, definition, graph, source, format, context, policy };
  const fold = new RunFold({ ...start, inputs: {} }, { next: () => "checkpoint" });
  const rows: JournalEntry[] = [];
  const due: { readonly stepId: string; readonly attemptNumber: number }[] = [];
  fold.begin(0);
  for (let at = 1; ; at += 1) {
    const turn = fold.turn();
    rows.push(...turn.entries);
    for (const effect of turn.effects) if (effect.type === "run_step") due.push(effect);
    const attempt = due.shift();
    if (attempt === undefined) return rows;
    const request = fold.request(attempt.stepId, attempt.attemptNumber);
    if (request === undefined) continue;
    const script = readScript(request);
    const { dependencies, results } = request;
    const previousResults = Object.fromEntries(dependencies.map((id) => [id, results[id]]));
    const error = failureOf(script, attempt.attemptNumber);
    const outcome =
      error === undefined
        ? outcomeOfAnswer(answerOf(script, { ...attempt, task: request.task, previousResults }), at)
        : outcomeOfError(error, at);
    fold.tell(eventOfOutcome({ ...request, ...attempt }, outcome, { next: () => 0 }), at);
  }
}

/** A row without the fields that may differ between two backends. */
export function comparable({ type, stepId, attemptNumber, payload }: JournalEntry): unknown {
  const { chance: _, checkpointId: __, policy, ...rest } = JSON.parse(payload) as Payload;
  // Each backend decides when to write automatic checkpoints.
  const { checkpointEvery: ___, checkpointIntervalMs: ____, ...limits } = policy ?? {};
  return { type, stepId, attemptNumber, ...rest, ...(policy !== undefined && { limits }) };
}

interface Payload {
  readonly chance?: number;
  readonly checkpointId?: string;
  readonly policy?: Readonly<Record<string, unknown>>;
}
