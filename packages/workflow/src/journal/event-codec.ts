import { createHash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import {
  Context,
  type WorkflowContext,
  type WorkflowEvent,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { StoredArtifact } from "../storage/StoragePort.js";

/** A result with more text than this goes to the artifacts; its row keeps the hash. */
const INLINE_RESULT_BYTES = 256 * 1024;

/** Where a run that failed is taken up from: as it stood, which is no checkpoint that is stored. */
export function failedAt(runId: string): string {
  return `${runId}@failed`;
}

/** An event as a row keeps it, and the artifact that has to be written with it. */
export interface EncodedEvent {
  readonly entry: Omit<JournalEntry, "runId" | "seq" | "at">;
  readonly artifact?: StoredArtifact;
}

/**
 * A row keeps what cannot be worked out again. Steps, graph and results are not repeated: they follow from the
 * definition, which is pinned by hash, and from the rows before. What a reader of the table wants to know besides
 * (attempt numbers of a batch, what a failure skipped) is added, and ignored on the way back.
 */
export function encodeEvent(
  event: WorkflowEvent,
  before: WorkflowContext,
  after: WorkflowContext,
  resultText?: string,
): EncodedEvent {
  switch (event.type) {
    case "step_completed":
      return encodeCompleted(event, resultText ?? JSON.stringify(event.result));
    case "step_failed": {
      const { stepId, attemptNumber, error, reason, chance } = event;
      const status = Context.step(after, stepId)?.status;
      const skipped = newlySkipped(before, after);
      const payload = JSON.stringify({
        error,
        reason,
        chance,
        final: status === "failed",
        ...(skipped.length > 0 && { skipped }),
      });
      return { entry: { type: event.type, stepId, attemptNumber, payload } };
    }
    case "execute_step_batch": {
      const attempts = event.stepIds.map((id) => Context.step(after, id)?.attemptNumber);
      return {
        entry: { type: event.type, payload: JSON.stringify({ stepIds: event.stepIds, attempts }) },
      };
    }
    case "restore_checkpoint": {
      const { checkpointId, completedSteps } = event.checkpointData;
      return {
        entry: {
          type: event.type,
          payload: JSON.stringify({ checkpointId, completed: completedSteps }),
        },
      };
    }
    case "workflow_parsed":
      return {
        entry: { type: event.type, payload: JSON.stringify({ policy: event.policy ?? {} }) },
      };
    case "initiate_workflow":
      return {
        entry: {
          type: event.type,
          payload: JSON.stringify({ workflowId: event.workflowId, format: event.format }),
        },
      };
    case "graph_built":
    case "results_aggregated":
    case "complete_workflow":
      return { entry: { type: event.type, payload: "{}" } };
    case "create_checkpoint": {
      // `kind` is not kept: it only reaches `write_checkpoint`, and a replay performs no effects.
      const { type, kind: _, ...rest } = event;
      return { entry: { type, payload: JSON.stringify(rest) } };
    }
    default: {
      const { type, ...rest } = event;
      return { entry: { type, payload: JSON.stringify(rest) } };
    }
  }
}

function encodeCompleted(
  event: WorkflowEvent & { type: "step_completed" },
  resultText: string,
): EncodedEvent {
  const { type, stepId, attemptNumber } = event;
  // Characters are at most three bytes, so a short text needs no counting.
  const isLarge =
    resultText.length * 3 > INLINE_RESULT_BYTES &&
    Buffer.byteLength(resultText) > INLINE_RESULT_BYTES;
  if (!isLarge)
    return { entry: { type, stepId, attemptNumber, payload: `{"result":${resultText}}` } };
  const sha256 = createHash("sha256").update(resultText).digest("hex");
  return {
    entry: { type, stepId, attemptNumber, payload: JSON.stringify({ artifact: sha256 }) },
    artifact: { sha256, content: resultText },
  };
}

function newlySkipped(before: WorkflowContext, after: WorkflowContext): string[] {
  if (Context.metrics(before).skippedSteps === Context.metrics(after).skippedSteps) return [];
  return Context.changedSteps(after, before).flatMap((step) =>
    step.status === "skipped" ? [step.id] : [],
  );
}

/** What a row is read with: the definition it belongs to, and where to find what it only names. */
export interface DecodeSources {
  readonly source: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly steps: Extract<WorkflowEvent, { type: "workflow_parsed" }>["steps"];
  readonly artifact: (sha256: string) => string | undefined;
  readonly checkpointData: (
    checkpointId: string,
    completed: readonly string[],
  ) => Extract<WorkflowEvent, { type: "restore_checkpoint" }>["checkpointData"];
}

/** The event of a row, whole again. `now` is the context that the row was accepted in. */
export function decodeEvent(
  entry: JournalEntry,
  now: WorkflowContext,
  sources: DecodeSources,
): WorkflowEvent {
  const payload = JSON.parse(entry.payload) as Record<string, unknown>;
  switch (entry.type) {
    case "initiate_workflow":
      return {
        type: entry.type,
        ...(payload as { workflowId: string; format: string }),
        definition: sources.source,
        context: sources.context,
      };
    case "workflow_parsed":
      return { type: entry.type, steps: sources.steps, policy: payload["policy"] as object };
    case "graph_built": {
      const built = buildDependencyGraph(sources.steps);
      if (!built.ok) throw damaged(entry, "its definition has no graph");
      return { type: entry.type, ...built.graph };
    }
    case "step_completed":
      return { type: entry.type, ...attemptOf(entry), result: resultOf(entry, payload, sources) };
    case "step_failed":
      return {
        type: entry.type,
        ...attemptOf(entry),
        ...(payload as { error: string; reason: "error"; chance: number }),
      };
    case "restore_checkpoint": {
      const { checkpointId, completed } = payload as { checkpointId: string; completed: string[] };
      return { type: entry.type, checkpointData: sources.checkpointData(checkpointId, completed) };
    }
    case "results_aggregated":
    case "complete_workflow":
      return { type: entry.type, results: Context.results(now) };
    default:
      // An event of a name that this version does not know is declined by the machine, and reported there.
      return { ...payload, type: entry.type } as WorkflowEvent;
  }
}

/** The result that a row of `step_completed` keeps or names. */
export function resultOf(
  entry: Pick<JournalEntry, "runId" | "seq" | "type">,
  payload: Record<string, unknown>,
  sources: Pick<DecodeSources, "artifact">,
): unknown {
  const sha256 = payload["artifact"];
  if (typeof sha256 !== "string") return payload["result"] ?? null;
  const content = sources.artifact(sha256);
  if (content === undefined || createHash("sha256").update(content).digest("hex") !== sha256) {
    throw damaged(entry, `its artifact ${sha256} is missing or damaged`);
  }
  return JSON.parse(content);
}

function attemptOf(entry: JournalEntry): { stepId: string; attemptNumber: number } {
  if (entry.stepId === undefined || entry.attemptNumber === undefined)
    throw damaged(entry, "it names no attempt");
  return { stepId: entry.stepId, attemptNumber: entry.attemptNumber };
}

function damaged(entry: Pick<JournalEntry, "runId" | "seq" | "type">, why: string): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${entry.runId}: journal entry ${entry.seq} (${entry.type}) cannot be read: ${why}.`,
    {
      runId: entry.runId,
      remedy: "Restore the database from a backup, or start the workflow again; nothing was run.",
    },
  );
}
