import type { JournalEntry } from "@automatosx/schemas";
import type { Database } from "./open-database.js";

/** The definitions that runs came to after their first one, derived from their journals. */
export class RunDefinitionDAO {
  readonly #insert;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, number, string]>(
      "INSERT INTO workflow_run_definitions (run_id, seq, definition_hash) VALUES (?, ?, ?)",
    );
  }

  /** Records the definition that a `definition_changed` entry names. It must be stored. */
  insert({ runId, seq, payload }: JournalEntry): void {
    const { definitionHash } = JSON.parse(payload) as { readonly definitionHash: string };
    this.#insert.run(runId, seq, definitionHash);
  }
}
