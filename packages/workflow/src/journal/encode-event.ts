import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";
import {
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import type { StoredArtifact } from "../storage/StoragePort.js";

/**
 * The largest result, in bytes, that is stored in the journal itself. A larger one is stored as an
 * artifact, and its journal entry contains the hash.
 */
const INLINE_RESULT_BYTES = 256 * 1024;
/** The maximum number of bytes that UTF-8 needs for one UTF-16 code unit. */
const MAX_BYTES_PER_CODE_UNIT = 3;

/** An event as a journal entry, and the artifact to write with it. */
export interface EncodedEvent {
  readonly entry: Omit<JournalEntry, "runId" | "seq" | "at">;
  readonly artifact?: StoredArtifact;
}

/**
 * Encodes an accepted event as a journal entry. An entry contains only data that cannot be derived.
 * Steps, graph and results follow from the definition, which is pinned by hash, and from earlier
 * entries. For users who query the table, an entry also contains the attempt numbers of a batch and
 * the steps that a failure skipped. Decoding ignores these. `resultText` is the JSON text of a
 * completed step's result, if the caller has it.
 */
export function encodeEvent(
  event: WorkflowEvent,
  before: WorkflowMachine,
  after: WorkflowMachine,
  resultText?: string,
): EncodedEvent {
  switch (event.type) {
    case "step_completed":
      return encodeCompleted(event, resultText ?? JSON.stringify(event.result));
    case "step_failed": {
      const { type, stepId, attemptNumber, error, reason, chance } = event;
      const final = RunQueries.step(after, stepId)?.status === "failed";
      const skipped = newlySkipped(before, after);
      const facts = { error, reason, chance, final, ...(skipped.length > 0 && { skipped }) };
      return { entry: { type, stepId, attemptNumber, payload: JSON.stringify(facts) } };
    }
    case "execute_step_batch": {
      const { type, stepIds } = event;
      const attempts = stepIds.map((id) => RunQueries.step(after, id)?.attemptNumber);
      return encode(type, { stepIds, attempts });
    }
    case "restore_checkpoint": {
      const { checkpointId, completedSteps: completed, toleratedFailures } = event.checkpointData;
      const tolerated = toleratedFailures !== undefined && { tolerated: toleratedFailures };
      return encode(event.type, { checkpointId, completed, ...tolerated });
    }
    case "workflow_parsed":
      return encode(event.type, { policy: event.policy ?? {} });
    case "initiate_workflow": {
      const { type, workflowId, format } = event;
      return encode(type, { workflowId, format });
    }
    case "graph_built":
    case "results_aggregated":
    case "complete_workflow":
      return encode(event.type, {});
    case "create_checkpoint": {
      // `kind` is omitted: it only affects `write_checkpoint`, and a replay performs no effects.
      const { type, kind: _, ...rest } = event;
      return encode(type, rest);
    }
    default: {
      const { type, ...rest } = event;
      return encode(type, rest);
    }
  }
}

function encode(type: string, payload: object): EncodedEvent {
  return { entry: { type, payload: JSON.stringify(payload) } };
}

function encodeCompleted(
  {
    type,
    stepId,
    attemptNumber,
    files,
  }: WorkflowEvent & { type: "step_completed"; files?: readonly unknown[] },
  resultText: string,
): EncodedEvent {
  // Most results are too short to need their bytes counted.
  const isLarge =
    resultText.length * MAX_BYTES_PER_CODE_UNIT > INLINE_RESULT_BYTES &&
    Buffer.byteLength(resultText) > INLINE_RESULT_BYTES;
  // First, so that rows that refer to artifacts can be found by their beginning.
  const kept = files === undefined ? "" : `"files":${JSON.stringify(files)},`;
  if (!isLarge)
    return { entry: { type, stepId, attemptNumber, payload: `{${kept}"result":${resultText}}` } };
  const sha256 = hash("sha256", resultText, "hex");
  const payload = `{${kept}"artifact":"${sha256}"}`;
  return {
    entry: { type, stepId, attemptNumber, payload },
    artifact: { sha256, content: resultText },
  };
}

function newlySkipped(before: WorkflowMachine, after: WorkflowMachine): string[] {
  if (RunQueries.metrics(before).skippedSteps === RunQueries.metrics(after).skippedSteps) return [];
  return RunQueries.changedSteps(after, before).flatMap((step) =>
    step.status === "skipped" ? [step.id] : [],
  );
}
