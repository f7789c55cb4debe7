import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";
import { placeInDefinition } from "@automatosx/workflow";
import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import type { WireEntry } from "../api/run.schema.js";
import type { DashboardOptions } from "./DashboardOptions.js";
import type { Definitions } from "./Definitions.js";
import type { Readers } from "./Readers.js";

/** Results with more bytes than this as JSON text are left out, unless they decide something. */
const RESULT_BYTES = 1024;

/** How many characters of a result stand in its place. */
const PREVIEW_LENGTH = 200;

/** What stands in the place of a result that is left out. */
interface ResultStub {
  readonly $result: {
    readonly sha256: string;
    readonly bytes: number;
    /** The beginning of the result as JSON text. */
    readonly preview: string;
  };
}

/** Where entries and what they refer to are read. */
export interface WireSources {
  readonly storage: StoragePort;
  readonly readers: Readers;
  readonly definitions: Definitions;
  readonly options: Pick<DashboardOptions, "limits">;
}

type Payload = Readonly<Record<string, unknown>>;

/**
 * Writes the journal entries of a run for the wire: with what they refer to in the database, and
 * without large results. A result stays whole if the core reads it when it folds the journal: an
 * expression that decides something refers to it, or the run has gone back and compares requests.
 */
export class RunWire {
  /** True if large results are left out. */
  readonly hasStubs: boolean;
  readonly #storage: StoragePort;
  readonly #readers: Readers;
  readonly #runId: string;
  readonly #deciding: ReadonlySet<string>;
  readonly #resultBytes: number;

  constructor(sources: WireSources, { runId, definitionHash }: StoredRun) {
    const { storage, readers, definitions, options } = sources;
    this.#resultBytes = options.limits?.resultBytes ?? RESULT_BYTES;
    this.#storage = storage;
    this.#readers = readers;
    this.#runId = runId;
    this.hasStubs = !storage.hasGoneBack(runId);
    this.#deciding = this.hasStubs ? definitions.get(definitionHash).deciding : new Set();
  }

  /**
   * Returns an entry as the API sends it.
   *
   * @throws WorkflowError `journal_damaged` if something that it refers to is damaged
   */
  entry(entry: JournalEntry): WireEntry {
    const { seq, type, at, stepId, attemptNumber } = entry;
    return [seq, type, at, stepId ?? null, attemptNumber ?? null, this.#payload(entry)];
  }

  /** Returns a result as the API sends it within an entry or a snapshot. */
  result(stepId: string, value: unknown): unknown {
    if (!this.#isLeftOut(stepId)) return value;
    const text = JSON.stringify(value) ?? "null";
    const most = this.#resultBytes;
    return text.length <= most && Buffer.byteLength(text) <= most ? value : stubOf(text);
  }

  #isLeftOut(stepId: string): boolean {
    return this.hasStubs && !this.#deciding.has(placeInDefinition(stepId));
  }

  #payload(entry: JournalEntry): string {
    const { type, payload, stepId = "" } = entry;
    switch (type) {
      case "step_completed":
        return payload.length <= this.#resultBytes && !payload.includes('"artifact":')
          ? payload
          : this.#answer(stepId, payload);
      case "restore_checkpoint":
        return this.#restored(payload);
      case "definition_changed":
        return this.#definition(payload);
      default:
        return payload.includes('rtifact":') ? this.#inlined(type, payload) : payload;
    }
  }

  #answer(stepId: string, payload: string): string {
    const { artifact, result, ...rest } = JSON.parse(payload) as Payload;
    const content = typeof artifact === "string" ? this.#storage.getArtifact(artifact) : undefined;
    if (artifact !== undefined && content === undefined) return payload;
    const value: unknown = content === undefined ? result : JSON.parse(content);
    return JSON.stringify({ ...rest, result: this.result(stepId, value ?? null) });
  }

  // A page cannot ask for artifacts one by one while it folds.
  #inlined(type: string, payload: string): string {
    const { artifact, editsArtifact, ...rest } = JSON.parse(payload) as Payload;
    const edits = this.#artifact(editsArtifact);
    const value = this.#artifact(artifact);
    if (artifact !== undefined && value === undefined) return payload;
    return JSON.stringify({
      ...(editsArtifact !== undefined && { edits }),
      ...rest,
      ...(artifact !== undefined && { [VALUE_NAMES[type] ?? "result"]: value }),
    });
  }

  #definition(payload: string): string {
    const { artifact, ...rest } = JSON.parse(payload) as Payload;
    const stored = this.#storage.getWorkflow(String(rest["definitionHash"]));
    const given = this.#artifact(artifact);
    return JSON.stringify({
      ...rest,
      ...given,
      ...(stored !== undefined && { $definition: JSON.parse(stored.definition) as unknown }),
    });
  }

  #restored(payload: string): string {
    const { checkpointId, ...rest } = JSON.parse(payload) as Payload;
    const id = String(checkpointId);
    const state = this.#readers.restored(this.#runId, id);
    if (state === undefined) return payload;
    const stepResults = Object.fromEntries(
      Object.entries(state.stepResults).map(([path, value]) => [path, this.result(path, value)]),
    );
    return JSON.stringify({ checkpointId, ...rest, $state: { ...state, stepResults } });
  }

  #artifact(sha256: unknown): object | undefined {
    const content = typeof sha256 === "string" ? this.#storage.getArtifact(sha256) : undefined;
    return content === undefined ? undefined : (JSON.parse(content) as object);
  }
}

/** The name of the value that an entry of a type refers to. */
const VALUE_NAMES: Readonly<Record<string, string>> = {
  gate_answered: "values",
  signal_received: "data",
};

function stubOf(text: string): ResultStub {
  return {
    $result: {
      sha256: hash("sha256", text, "hex"),
      bytes: Buffer.byteLength(text),
      preview: text.slice(0, PREVIEW_LENGTH).toWellFormed(),
    },
  };
}
