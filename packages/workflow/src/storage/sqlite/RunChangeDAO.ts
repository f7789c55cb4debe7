import type { JournalEntry } from "@automatosx/schemas";
import type { Database } from "./open-database.js";

/** The entries with which runs went back, derived from their journals for the views. */
export class RunChangeDAO {
  readonly #insertChange;
  readonly #insertDefinition;
  readonly #hasChange;

  constructor(database: Database) {
    this.#insertChange = database.prepare<[string, number]>(
      "INSERT INTO workflow_run_changes (run_id, seq) VALUES (?, ?)",
    );
    this.#insertDefinition = database.prepare<[string, number, string]>(
      "INSERT INTO workflow_run_definitions (run_id, seq, definition_hash) VALUES (?, ?, ?)",
    );
    this.#hasChange = database
      .prepare<[string], number>("SELECT 1 FROM workflow_run_changes WHERE run_id = ? LIMIT 1")
      .pluck();
  }

  /** Whether the run has such an entry. */
  exists(runId: string): boolean {
    return this.#hasChange.get(runId) !== undefined;
  }

  /** Records an entry that `goesBack` is true of. A definition that it names must be stored. */
  insert({ runId, seq, type, payload }: JournalEntry): void {
    this.#insertChange.run(runId, seq);
    if (type !== "definition_changed") return;
    const { definitionHash } = JSON.parse(payload) as { readonly definitionHash: string };
    this.#insertDefinition.run(runId, seq, definitionHash);
  }
}
