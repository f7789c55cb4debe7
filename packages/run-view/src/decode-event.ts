import {
  buildDependencyGraph,
  type CheckpointData,
  type DependencyGraph,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import type { JournalEntry, WorkflowDefinition } from "@automatosx/schemas";
import { unreadable } from "./JournalError.js";

/** The data that a run starts with. The journal does not repeat it. */
export interface RunOrigin {
  /** The id of the run. */
  readonly runId: string;
  /** When the run was created, in ms since the epoch. */
  readonly createdAt: number;
  /** The definition that the run is pinned to, normalised. */
  readonly definition: WorkflowDefinition;
  /** The definition's text, as it was written. */
  readonly source: string;
  /** The values that the run was started with, by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the caller passed to every step. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** Looks up data that journal entries only refer to. */
export interface JournalReferences {
  /** Returns the result stored under this SHA-256; `undefined` if it is missing or damaged. */
  artifact(sha256: string): unknown;
  /**
   * Returns the state at a checkpoint that the run restores; `undefined` if the checkpoint is
   * unknown. `completed` lists the steps that were completed at that point, according to the
   * journal.
   */
  checkpoint(checkpointId: string, completed: readonly string[]): CheckpointData | undefined;
  /**
   * Returns the definition with this hash, normalised; `undefined` if it is missing or damaged. A
   * run may have another definition than its first one.
   */
  definition(hash: string): WorkflowDefinition | undefined;
}

type Payload = Readonly<Record<string, unknown>>;

type AttemptFacts = Pick<
  EventOf<"step_completed">,
  "files" | "usage" | "agent" | "session" | "reads" | "reused"
>;

type FailureFacts = Omit<EventOf<"step_failed">, "type" | "stepId" | "attemptNumber">;

type EventOf<Type> = Extract<WorkflowEvent, { readonly type: Type }>;

/**
 * Returns the complete event for a journal entry. Entries omit data that can be derived from the
 * definition and from earlier entries. `machine` is the machine before the event.
 *
 * @throws JournalError `unreadable`
 */
export function decodeEvent(
  entry: JournalEntry,
  machine: WorkflowMachine,
  origin: RunOrigin,
  references: JournalReferences,
): WorkflowEvent {
  const payload = payloadOf(entry);
  const { steps, outputs, on: handlers, name, version } = origin.definition;
  switch (entry.type) {
    case "initiate_workflow":
      return {
        type: entry.type,
        ...(payload as { workflowId: string; format: string }),
        definition: origin.source,
        context: origin.context,
        inputs: origin.inputs,
        runId: origin.runId,
        name,
        version,
      };
    case "workflow_parsed":
      return {
        type: entry.type,
        steps,
        policy: payload["policy"] as object,
        ...(outputs !== undefined && { outputs }),
        ...(handlers !== undefined && { handlers }),
      };
    case "graph_built":
      return { type: entry.type, ...graphOf(steps, entry) };
    case "step_completed":
      return { type: entry.type, ...answerIn(payload, entry, references) };
    case "step_answered": {
      const { reused: _, ...answer } = answerIn(payload, entry, references);
      return { type: entry.type, ...answer };
    }
    case "gate_answered":
      return { type: entry.type, ...gateAnswerIn(payload, entry, references) };
    case "signal_received":
      return { type: entry.type, ...signalIn(payload, entry, references) };
    case "step_failed":
      return {
        type: entry.type,
        ...attemptOf(entry),
        ...(payload as FailureFacts),
      };
    case "result_edited":
      return { type: entry.type, ...editIn(payload, entry, references) };
    case "steps_reopened":
      return { type: entry.type, ...reopeningIn(payload) };
    case "definition_changed":
      return definitionChange(payload, entry, references);
    case "restore_checkpoint":
      return { type: entry.type, checkpointData: restoredData(payload, entry, references) };
    case "results_aggregated":
    case "complete_workflow":
      return { type: entry.type, results: RunQueries.results(machine) };
    default:
      // The machine refuses an event whose name this version does not know.
      return { ...payload, type: entry.type } as WorkflowEvent;
  }
}

function graphOf(steps: WorkflowDefinition["steps"], entry: JournalEntry): DependencyGraph {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw unreadable(entry, "its definition has no graph");
  return built.graph;
}

function signalIn(payload: Payload, entry: JournalEntry, references: JournalReferences) {
  const { name, signalId } = payload as { name: string; signalId?: string };
  return {
    name,
    data: valueIn("data", payload, entry, references),
    ...(signalId !== undefined && { signalId }),
  };
}

function answerIn(payload: Payload, entry: JournalEntry, references: JournalReferences) {
  const { files, usage, agent, session, reads, reused } = payload as AttemptFacts;
  return {
    ...attemptOf(entry),
    result: valueIn("result", payload, entry, references),
    ...(files !== undefined && { files }),
    ...(usage !== undefined && { usage }),
    ...(agent !== undefined && { agent }),
    ...(session !== undefined && { session }),
    ...(reads !== undefined && { reads }),
    ...(reused !== undefined && { reused }),
  };
}

function gateAnswerIn(payload: Payload, entry: JournalEntry, references: JournalReferences) {
  const { approved, by, note, files } = payload as Omit<
    EventOf<"gate_answered">,
    "type" | "stepId" | "attemptNumber" | "values" | "edits"
  >;
  const edits = editsIn(payload, entry, references);
  return {
    ...attemptOf(entry),
    approved,
    values: valueIn("values", payload, entry, references) as Record<string, unknown>,
    ...(by !== undefined && { by }),
    ...(note !== undefined && { note }),
    ...(files !== undefined && { files }),
    ...(edits !== undefined && { edits }),
  };
}

/** The result in place of that of the gate's `editable` step; undefined if there is none. */
function editsIn(payload: Payload, entry: JournalEntry, references: JournalReferences): unknown {
  const { editsArtifact: artifact, edits } = payload;
  return artifact === undefined ? edits : valueIn("edits", { artifact }, entry, references);
}

type EditFacts = Omit<EventOf<"result_edited">, "type" | "result" | "stepId" | "attemptNumber"> &
  Partial<Pick<EventOf<"result_edited">, "stepId" | "attemptNumber">>;

// A result that a fork has taken belongs to no attempt of the fork, so its step is in the payload.
function editIn(payload: Payload, entry: JournalEntry, references: JournalReferences) {
  const { stepId = "", attemptNumber = 0, recipe, by, note } = payload as unknown as EditFacts;
  return {
    stepId: entry.stepId ?? stepId,
    attemptNumber: entry.attemptNumber ?? attemptNumber,
    result: valueIn("result", payload, entry, references),
    recipe,
    ...(by !== undefined && { by }),
    ...(note !== undefined && { note }),
  };
}

function reopeningIn(payload: Payload): Omit<EventOf<"steps_reopened">, "type"> {
  const { stepIds, downstream, recipe, by } = payload as unknown as EventOf<"steps_reopened">;
  return { stepIds, downstream, recipe, ...(by !== undefined && { by }) };
}

function definitionChange(
  payload: Payload,
  entry: JournalEntry,
  references: JournalReferences,
): WorkflowEvent {
  const { definitionHash, policy, recipe, by } = payload as Pick<
    EventOf<"definition_changed">,
    "definitionHash" | "policy" | "recipe" | "by"
  >;
  const definition = references.definition(definitionHash);
  if (definition === undefined)
    throw unreadable(entry, `the definition ${definitionHash}, which it names, is missing`);
  const { steps, outputs, on: handlers, name, version } = definition;
  const given =
    payload["artifact"] === undefined ? payload : valueIn("", payload, entry, references);
  const { inputs, context } = given as Pick<EventOf<"definition_changed">, "inputs" | "context">;
  return {
    ...{ type: "definition_changed", definitionHash, steps, policy, name, version, recipe },
    ...graphOf(definition.steps, entry),
    ...(handlers !== undefined && { handlers }),
    ...(outputs !== undefined && { outputs }),
    ...(inputs !== undefined && { inputs }),
    ...(context !== undefined && { context }),
    ...(by !== undefined && { by }),
  };
}

/**
 * Returns the result that a `step_completed` or `step_answered` entry contains or refers to.
 *
 * @throws JournalError `unreadable`
 */
export function resultOf(
  entry: Pick<JournalEntry, "runId" | "seq" | "type" | "payload">,
  references: Pick<JournalReferences, "artifact">,
): unknown {
  return valueIn("result", payloadOf(entry), entry, references);
}

// Whether failures and offers stay is decided when the run is restored. An entry without
// `tolerated` or `keepsOffers` keeps none of them, as in the journals of versions that started
// those steps again.
function restoredData(
  payload: Payload,
  entry: JournalEntry,
  references: JournalReferences,
): CheckpointData {
  const { checkpointId, completed, tolerated, keepsOffers } = payload as {
    checkpointId: string;
    completed: string[];
    tolerated?: Record<string, string>;
    keepsOffers?: boolean;
  };
  const data = references.checkpoint(checkpointId, completed);
  if (data === undefined)
    throw unreadable(entry, `checkpoint ${checkpointId}, which it restores, is unknown`);
  const { toleratedFailures: _, ...rest } = data;
  return {
    ...rest,
    ...(tolerated !== undefined && { toleratedFailures: tolerated }),
    ...(keepsOffers !== undefined && { keepsOffers }),
  };
}

/**
 * Returns the payload of an entry.
 *
 * @throws JournalError `unreadable`
 */
export function payloadOf(
  entry: Pick<JournalEntry, "runId" | "seq" | "type" | "payload">,
): Payload {
  try {
    const payload: unknown = JSON.parse(entry.payload);
    if (typeof payload === "object" && payload !== null) return payload as Payload;
  } catch {
    // Reported below.
  }
  throw unreadable(entry, "its payload is not a JSON object");
}

/** The value that an entry contains under this name, or that it refers to if it is large. */
function valueIn(
  name: string,
  payload: Payload,
  entry: Pick<JournalEntry, "runId" | "seq" | "type">,
  references: Pick<JournalReferences, "artifact">,
): unknown {
  const sha256 = payload["artifact"];
  if (typeof sha256 !== "string") return payload[name] ?? null;
  const value = references.artifact(sha256);
  if (value === undefined) throw unreadable(entry, `its artifact ${sha256} is missing or damaged`);
  return value;
}

function attemptOf(entry: JournalEntry): { stepId: string; attemptNumber: number } {
  const { stepId, attemptNumber } = entry;
  if (stepId === undefined || attemptNumber === undefined)
    throw unreadable(entry, "it does not identify an attempt");
  return { stepId, attemptNumber };
}
