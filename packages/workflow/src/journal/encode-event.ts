import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";
import {
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import type { StoredArtifact } from "../storage/StoragePort.js";
import { consequencesOf, NOTHING, type StepConsequences } from "./step-consequences.js";

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
    case "step_completed": {
      const notes = consequencesOf(before, after, event.stepId);
      return encodeCompleted(event, resultText ?? JSON.stringify(event.result), notes);
    }
    case "step_failed": {
      const { type, stepId, attemptNumber, error, reason, chance, answer } = event;
      const final = RunQueries.step(after, stepId)?.status === "failed";
      const asked = answer !== undefined && { answer };
      const notes = consequencesOf(before, after, stepId);
      const facts = { error, reason, chance, final, ...asked, ...notes };
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
      const followed = consequencesOf(before, after);
      const notes = Object.keys(followed).length > 0 && { followed };
      return encode(event.type, { checkpointId, completed, ...tolerated, ...notes });
    }
    case "workflow_parsed":
      return encode(event.type, { policy: event.policy ?? {} });
    case "initiate_workflow": {
      const { type, workflowId, format } = event;
      return encode(type, { workflowId, format });
    }
    case "graph_built":
      return encode(event.type, consequencesOf(before, after));
    case "steps_due":
      return encode(event.type, {
        stepIds: event.stepIds,
        ...consequencesOf(before, after),
      });
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
  { type, stepId, attemptNumber, files }: WorkflowEvent & { type: "step_completed" },
  resultText: string,
  notes: StepConsequences,
): EncodedEvent {
  // Most results are too short to need their bytes counted.
  const isLarge =
    resultText.length * MAX_BYTES_PER_CODE_UNIT > INLINE_RESULT_BYTES &&
    Buffer.byteLength(resultText) > INLINE_RESULT_BYTES;
  // First, so that rows that refer to artifacts can be found by their beginning.
  const kept = files === undefined ? "" : `"files":${JSON.stringify(files)},`;
  const rest = notes === NOTHING ? "" : `,${JSON.stringify(notes).slice(1, -1)}`;
  if (!isLarge) {
    const payload = `{${kept}"result":${resultText}${rest}}`;
    return { entry: { type, stepId, attemptNumber, payload } };
  }
  const sha256 = hash("sha256", resultText, "hex");
  const payload = `{${kept}"artifact":"${sha256}"${rest}}`;
  return {
    entry: { type, stepId, attemptNumber, payload },
    artifact: { sha256, content: resultText },
  };
}
