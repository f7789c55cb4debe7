import {
  buildDependencyGraph,
  type CheckpointData,
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
}

type Payload = Readonly<Record<string, unknown>>;

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
  const { steps, outputs, name, version } = origin.definition;
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
    case "workflow_parsed": {
      const parsed = { type: entry.type, steps, policy: payload["policy"] as object } as const;
      return outputs === undefined ? parsed : { ...parsed, outputs };
    }
    case "graph_built": {
      const built = buildDependencyGraph(
        steps.map(({ id, dependencies }) => ({ id, dependencies })),
      );
      if (!built.ok) throw unreadable(entry, "its definition has no graph");
      return { type: entry.type, ...built.graph };
    }
    case "step_completed":
      return {
        type: entry.type,
        ...attemptOf(entry),
        result: resultIn(payload, entry, references),
      };
    case "step_failed":
      return {
        type: entry.type,
        ...attemptOf(entry),
        ...(payload as { error: string; reason: "error"; chance: number; answer?: string }),
      };
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

/**
 * Returns the result that a `step_completed` entry contains or refers to.
 *
 * @throws JournalError `unreadable`
 */
export function resultOf(
  entry: Pick<JournalEntry, "runId" | "seq" | "type" | "payload">,
  references: Pick<JournalReferences, "artifact">,
): unknown {
  return resultIn(payloadOf(entry), entry, references);
}

// Whether failures stay is decided when the run is restored. An entry without `tolerated` keeps
// none, as in the journals of versions that started every failed step again.
function restoredData(
  payload: Payload,
  entry: JournalEntry,
  references: JournalReferences,
): CheckpointData {
  const { checkpointId, completed, tolerated } = payload as {
    checkpointId: string;
    completed: string[];
    tolerated?: Record<string, string>;
  };
  const data = references.checkpoint(checkpointId, completed);
  if (data === undefined)
    throw unreadable(entry, `checkpoint ${checkpointId}, which it restores, is unknown`);
  const { toleratedFailures: _, ...rest } = data;
  return tolerated === undefined ? rest : { ...rest, toleratedFailures: tolerated };
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

function resultIn(
  payload: Payload,
  entry: Pick<JournalEntry, "runId" | "seq" | "type">,
  references: Pick<JournalReferences, "artifact">,
): unknown {
  const sha256 = payload["artifact"];
  if (typeof sha256 !== "string") return payload["result"] ?? null;
  const result = references.artifact(sha256);
  if (result === undefined) throw unreadable(entry, `its artifact ${sha256} is missing or damaged`);
  return result;
}

function attemptOf(entry: JournalEntry): { stepId: string; attemptNumber: number } {
  const { stepId, attemptNumber } = entry;
  if (stepId === undefined || attemptNumber === undefined)
    throw unreadable(entry, "it does not identify an attempt");
  return { stepId, attemptNumber };
}
