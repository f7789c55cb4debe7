import type { Database } from "./open-database.js";

/** The number of definitions for which to remember a run that uses them. */
const MAX_USERS = 10_000;

/** Which definitions are still used by a run. */
export class DefinitionUses {
  readonly #hasDefinition;
  readonly #newestUser;
  readonly #remove;
  /**
   * For each definition, a run that uses it: checking one run is cheaper than searching all runs.
   */
  readonly #users = new Map<string, string>();

  constructor(database: Database) {
    this.#hasDefinition = database
      .prepare<[string, string], unknown>(
        "SELECT 1 FROM workflow_runs WHERE run_id = ? AND definition_hash = ?",
      )
      .pluck();
    this.#newestUser = database
      .prepare<[string], string>(
        "SELECT run_id FROM workflow_runs WHERE definition_hash = ? ORDER BY rowid DESC LIMIT 1",
      )
      .pluck();
    this.#remove = database.prepare<[string]>("DELETE FROM workflow_definitions WHERE hash = ?");
  }

  /**
   * Must be called inside a transaction. Removes the definition if no run uses it, and returns
   * whether it did.
   */
  removeUnused(hash: string): boolean {
    return !this.#isUsed(hash) && this.#remove.run(hash).changes > 0;
  }

  #isUsed(hash: string): boolean {
    const known = this.#users.get(hash);
    if (known !== undefined && this.#hasDefinition.get(known, hash) !== undefined) return true;
    const found = this.#newestUser.get(hash);
    if (this.#users.size >= MAX_USERS) this.#users.clear();
    if (found === undefined) this.#users.delete(hash);
    else this.#users.set(hash, found);
    return found !== undefined;
  }
}
