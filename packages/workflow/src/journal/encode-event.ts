import type { JournalEntry } from "@automatosx/schemas";
import {
  RunQueries,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import type { StoredArtifact } from "../storage/StoragePort.js";
import { journalValue } from "./journal-value.js";
import { notesOf } from "./replant-notes.js";
import { consequencesOf, NOTHING, type StepConsequences } from "./step-consequences.js";

/** An event as a journal entry, and the artifacts to write with it: few have any. */
export interface EncodedEvent {
  readonly entry: Omit<JournalEntry, "runId" | "seq" | "at">;
  readonly artifact?: StoredArtifact;
  /** The artifact of a second value. */
  readonly secondArtifact?: StoredArtifact;
}

/** A result that is stored as an artifact already. */
export interface ResultArtifact {
  /** The sha-256, in hex, of its JSON text. */
  readonly sha256: string;
}

type EventOf<Type extends WorkflowEvent["type"]> = Extract<WorkflowEvent, { readonly type: Type }>;

/**
 * Encodes an accepted event as a journal entry. An entry contains only data that cannot be derived.
 * Steps, graph and results follow from the definition, which is pinned by hash, and from earlier
 * entries. For users who query the table, an entry also contains the attempt numbers of a batch and
 * the steps that a failure skipped. Decoding ignores these. `resultText` is the JSON text of the
 * result of a completed or answered step, if the caller has it, or the artifact in which it is
 * stored already; `isPlain` says that the workflow uses nothing beyond version 0.1.0.
 */
export function encodeEvent(
  event: WorkflowEvent,
  before: WorkflowMachine,
  after: WorkflowMachine,
  resultText?: string | ResultArtifact,
  isPlain = false,
): EncodedEvent {
  switch (event.type) {
    case "step_completed":
    case "step_answered": {
      const notes = consequencesOf(before, after, event.stepId);
      const text = resultText ?? JSON.stringify(event.result);
      return encodeAnswer(event, text, isPlain ? notes : withRefusal(notes, event, after));
    }
    case "step_failed":
      return encodeFailure(event, before, after);
    case "gate_answered":
      return encodeGateAnswer(event, {
        status: RunQueries.step(after, event.stepId)?.status,
        ...notesOf(event, before, after, event.stepId),
      });
    case "result_edited":
    case "steps_reopened":
    case "definition_changed":
      return encodeReplant(event, before, after);
    case "signal_received":
      return encodeSignal(event, consequencesOf(before, after));
    case "execute_step_batch": {
      const { type, stepIds } = event;
      const attempts = stepIds.map((id) => RunQueries.step(after, id)?.attemptNumber);
      return encode(type, { stepIds, attempts });
    }
    case "restore_checkpoint":
      return encodeRestore(event, notesOf(event, before, after));
    case "workflow_parsed":
      return encode(event.type, { policy: event.policy ?? {} });
    case "initiate_workflow": {
      const { type, workflowId, format } = event;
      return encode(type, { workflowId, format });
    }
    case "graph_built":
      return encode(event.type, consequencesOf(before, after));
    case "cancel_workflow":
    case "workflow_failed": {
      // The only consequence of the last of these is the end of the run.
      const { type, ...facts } = event;
      const isEnd = State.isTerminal(RunQueries.state(after));
      return encode(type, isEnd ? facts : { ...facts, ...consequencesOf(before, after) });
    }
    case "steps_due":
    case "budget_changed": {
      const { type, ...facts } = event;
      return encode(type, { ...facts, ...consequencesOf(before, after) });
    }
    case "pause_workflow":
      return encodePause(event, after);
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

function encodePause(
  { type, reason }: EventOf<"pause_workflow">,
  after: WorkflowMachine,
): EncodedEvent {
  if (reason !== "waiting") return encode(type, reason === undefined ? {} : { reason });
  return encode(type, { reason, waitsFor: RunQueries.waitsFor(after) });
}

function encodeRestore(
  { type, checkpointData }: EventOf<"restore_checkpoint">,
  followed: StepConsequences,
): EncodedEvent {
  const { checkpointId, completedSteps, toleratedFailures, keepsOffers } = checkpointData;
  return encode(type, {
    checkpointId,
    completed: completedSteps,
    ...(toleratedFailures !== undefined && { tolerated: toleratedFailures }),
    ...(keepsOffers !== undefined && { keepsOffers }),
    ...(Object.keys(followed).length > 0 && { followed }),
  });
}

/** Adds the status of a step whose answer was refused by one of its checks. */
function withRefusal(
  notes: StepConsequences,
  { type, stepId }: EventOf<"step_completed"> | EventOf<"step_answered">,
  after: WorkflowMachine,
): StepConsequences {
  const status = RunQueries.step(after, stepId)?.status;
  return type === "step_answered" || status === undefined || status === "completed"
    ? notes
    : { ...notes, status };
}

function encode(type: string, payload: object): EncodedEvent {
  return { entry: { type, payload: JSON.stringify(payload) } };
}

function encodeAnswer(
  event: EventOf<"step_completed"> | EventOf<"step_answered">,
  resultText: string | ResultArtifact,
  notes: StepConsequences,
): EncodedEvent {
  const { type, stepId, attemptNumber, files, usage, agent, session, reads } = event;
  const reused = event.type === "step_completed" ? event.reused : undefined;
  const result =
    typeof resultText === "string"
      ? journalValue("result", resultText)
      : { member: `"artifact":"${resultText.sha256}"`, artifact: undefined };
  const isPlain = notes === NOTHING && (usage ?? agent ?? session ?? reads ?? reused) === undefined;
  const facts = isPlain ? "" : membersOf({ usage, agent, session, reads, reused, ...notes });
  const payload = `{${filesMember(files)}${result.member}${facts}}`;
  return withArtifact({ type, stepId, attemptNumber, payload }, result.artifact);
}

function encodeFailure(
  event: EventOf<"step_failed">,
  before: WorkflowMachine,
  after: WorkflowMachine,
): EncodedEvent {
  const { type, stepId, attemptNumber, error, reason, chance } = event;
  const { answer, usage, retryAt, scope } = event;
  const status = RunQueries.step(after, stepId)?.status;
  const facts = {
    ...{ error, reason, chance, final: status === "failed" },
    ...{ answer, usage, retryAt, scope },
    ...(status === "unknown" && { status }),
    ...consequencesOf(before, after, stepId),
  };
  return { entry: { type, stepId, attemptNumber, payload: JSON.stringify(facts) } };
}

function encodeGateAnswer(event: EventOf<"gate_answered">, notes: object): EncodedEvent {
  const { type, stepId, attemptNumber, approved, values, by, note, files, edits } = event;
  const given = journalValue("values", JSON.stringify(values));
  const edit =
    edits === undefined ? undefined : journalValue("edits", JSON.stringify(edits), "editsArtifact");
  const facts = membersOf({ approved, by, note, ...notes });
  const edited = edit === undefined ? "" : `${edit.member},`;
  const payload = `{${edited}${filesMember(files)}${given.member}${facts}}`;
  const encoded = withArtifact({ type, stepId, attemptNumber, payload }, given.artifact);
  return edit?.artifact === undefined ? encoded : { ...encoded, secondArtifact: edit.artifact };
}

function encodeReplant(
  event: EventOf<"result_edited" | "steps_reopened" | "definition_changed">,
  before: WorkflowMachine,
  after: WorkflowMachine,
): EncodedEvent {
  switch (event.type) {
    case "result_edited":
      return encodeEdit(event, notesOf(event, before, after, event.stepId));
    case "steps_reopened": {
      const { type, ...facts } = event;
      return encode(type, { ...facts, ...notesOf(event, before, after) });
    }
    case "definition_changed":
      return encodeDefinitionChange(event, notesOf(event, before, after));
  }
}

function encodeEdit(event: EventOf<"result_edited">, notes: object): EncodedEvent {
  const { type, stepId, attemptNumber, result, recipe, by, note } = event;
  const value = journalValue("result", JSON.stringify(result));
  const facts = { recipe, by, note, ...notes };
  // A result that a fork has taken belongs to no attempt of the fork, so no column can name it.
  if (attemptNumber === 0) {
    const payload = `{${value.member}${membersOf({ stepId, attemptNumber, ...facts })}}`;
    return withArtifact({ type, payload }, value.artifact);
  }
  const payload = `{${value.member}${membersOf(facts)}}`;
  return withArtifact({ type, stepId, attemptNumber, payload }, value.artifact);
}

function encodeDefinitionChange(event: EventOf<"definition_changed">, notes: object): EncodedEvent {
  const { type, definitionHash, policy, recipe, by, inputs, context } = event;
  const facts = { definitionHash, policy, recipe, by, ...notes };
  const text = JSON.stringify({ inputs, context });
  const { member, artifact } = journalValue("", text);
  if (artifact === undefined) return encode(type, { inputs, context, ...facts });
  return withArtifact({ type, payload: `{${member}${membersOf(facts)}}` }, artifact);
}

function encodeSignal(event: EventOf<"signal_received">, notes: object): EncodedEvent {
  const { type, name, data, signalId } = event;
  const given = journalValue("data", JSON.stringify(data));
  const payload = `{${given.member}${membersOf({ name, signalId, ...notes })}}`;
  return withArtifact({ type, payload }, given.artifact);
}

// Comes first, so that rows that refer to artifacts can be found by a prefix.
function filesMember(files: readonly object[] | undefined): string {
  return files === undefined ? "" : `"files":${JSON.stringify(files)},`;
}

/** Further members of a payload, each after a comma; empty if all are undefined. */
function membersOf(members: object): string {
  const text = JSON.stringify(members);
  return text === "{}" ? "" : `,${text.slice(1, -1)}`;
}

function withArtifact(
  entry: EncodedEvent["entry"],
  artifact: StoredArtifact | undefined,
): EncodedEvent {
  return artifact === undefined ? { entry } : { entry, artifact };
}
