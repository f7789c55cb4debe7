import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
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
  #layout: { readonly layout: GraphLayout; readonly text: string } | undefined;
  #answered: ReadonlySet<string> | undefined;

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
    return this.#laidOut.layout;
  }

  /** The layout as JSON text. */
  get layoutText(): string {
    return this.#laidOut.text;
  }

  /** The places of gates, waits and stops, whose results are not those of an attempt. */
  get answered(): ReadonlySet<string> {
    const { steps, on: { failure = [], always = [] } = {} } = this.definition;
    this.#answered ??= new Set([
      ...placesOf(steps, "", isAnswered),
      ...placesOf(failure, ":failure.", isAnswered),
      ...placesOf(always, ":always.", isAnswered),
    ]);
    return this.#answered;
  }

  get #laidOut(): { readonly layout: GraphLayout; readonly text: string } {
    if (this.#layout === undefined) {
      const layout = layOut(this.definition);
      this.#layout = { layout, text: JSON.stringify(layout) };
    }
    return this.#layout;
  }
}

function isAnswered({ gate, wait, stop }: StepDefinition): boolean {
  return (gate ?? wait ?? stop) !== undefined;
}

function* placesOf(
  steps: readonly StepDefinition[],
  prefix: string,
  isWanted: (step: StepDefinition) => boolean,
): Generator<string, void, undefined> {
  for (const step of steps) {
    const place = `${prefix}${step.id}`;
    if (isWanted(step)) yield place;
    if (step.steps !== undefined) yield* placesOf(step.steps, `${place}.`, isWanted);
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

  /** Works out what an answer about a run needs, unless it is known. */
  warm(hash: string): void {
    if (this.#known.has(hash)) return;
    const { layoutText: _, deciding: __ } = this.get(hash);
  }

  #read(hash: string): KnownDefinition {
    const stored = this.#storage.getWorkflow(hash);
    if (stored !== undefined) return new KnownDefinition(stored);
    throw new WorkflowError("journal_damaged", `The definition ${hash} of a run is missing.`, {
      remedy: "Restore the database from a backup.",
    });
  }
}
