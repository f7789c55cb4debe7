import type { WorkflowDefinition } from "@automatosx/schemas";
import { decidingResults } from "@automatosx/workflow";
import { WorkflowError } from "@automatosx/workflow/errors";
import type { StoragePort, StoredDefinition } from "@automatosx/workflow/observe";
import type { GraphLayout } from "../api/run.schema.js";
import { layOut } from "../layout/index.js";

/** How many definitions are kept in memory. */
const MAX_DEFINITIONS = 50;

/** A stored definition with what follows from it. A stored definition never changes. */
export class KnownDefinition {
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
  #deciding: ReadonlySet<string> | undefined;
  #layout: GraphLayout | undefined;

  constructor(stored: StoredDefinition) {
    this.stored = stored;
    this.definition = JSON.parse(stored.definition) as WorkflowDefinition;
  }

  /** The steps whose results can change what happens in a run. */
  get deciding(): ReadonlySet<string> {
    this.#deciding ??= decidingResults(this.definition);
    return this.#deciding;
  }

  /** Where its steps are drawn. */
  get layout(): GraphLayout {
    this.#layout ??= layOut(this.definition);
    return this.#layout;
  }
}

/** The definitions of the database; those that were used last stay in memory. */
export class Definitions {
  readonly #storage: Pick<StoragePort, "getWorkflow">;
  /** By hash, the last used at the end. */
  readonly #known = new Map<string, KnownDefinition>();

  constructor(storage: Pick<StoragePort, "getWorkflow">) {
    this.#storage = storage;
  }

  /**
   * Returns the definition with this hash.
   *
   * @throws WorkflowError `journal_damaged` if it is missing; `database_unusable` if it is damaged
   */
  get(hash: string): KnownDefinition {
    const known = this.#known.get(hash) ?? this.#read(hash);
    this.#known.delete(hash);
    this.#known.set(hash, known);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_DEFINITIONS) this.#known.delete(oldest);
    return known;
  }

  #read(hash: string): KnownDefinition {
    const stored = this.#storage.getWorkflow(hash);
    if (stored !== undefined) return new KnownDefinition(stored);
    throw new WorkflowError("journal_damaged", `The definition ${hash} of a run is missing.`, {
      remedy: "Restore the database from a backup.",
    });
  }
}
