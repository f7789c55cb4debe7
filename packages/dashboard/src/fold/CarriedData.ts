import type { JournalReferences } from "@automatosx/run-view";
import type { JournalEntry, WorkflowDefinition } from "@automatosx/schemas";
import type { WireEntry } from "../api/run.schema.js";

type State = ReturnType<JournalReferences["checkpoint"]>;

/** The members that the server adds to the payloads of some entries. */
interface Carried {
  /** Of `definition_changed`: the definition that it names. */
  readonly $definition?: WorkflowDefinition;
  /** Of `restore_checkpoint`: the state that it restores. */
  readonly $state?: NonNullable<State>;
}

/** What the entries of one run refer to: on the wire, each entry carries it itself. */
export class CarriedData {
  readonly #runId: string;
  readonly #definitions = new Map<string, WorkflowDefinition>();
  readonly #states = new Map<string, State>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** For the views of the run. */
  readonly references: JournalReferences = {
    // Results are in their entries.
    artifact: () => undefined,
    definition: (hash) => this.#definitions.get(hash),
    checkpoint: (checkpointId) => this.#states.get(checkpointId),
  };

  /** Keeps what an entry carries, and returns the entry as a view reads it. */
  take([seq, type, at, stepId, attemptNumber, payload]: WireEntry): JournalEntry {
    if (type === "definition_changed") {
      const { definitionHash = "", $definition } = read(payload);
      if ($definition !== undefined) this.#definitions.set(definitionHash, $definition);
    } else if (type === "restore_checkpoint") {
      const { checkpointId = "", $state } = read(payload);
      if ($state !== undefined) this.#states.set(checkpointId, $state);
    }
    return {
      runId: this.#runId,
      seq,
      type,
      at,
      payload,
      ...(stepId !== null && { stepId }),
      ...(attemptNumber !== null && { attemptNumber }),
    };
  }
}

function read(
  payload: string,
): Carried & { readonly definitionHash?: string; readonly checkpointId?: string } {
  return JSON.parse(payload) as Carried;
}
