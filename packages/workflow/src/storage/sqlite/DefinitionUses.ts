import type { Database } from "./open-database.js";

/** The number of definitions for which to remember a run that uses them. */
const MAX_USERS = 10_000;

/** The hash of a definition whose steps a step runs as a run of their own. */
const NAMED_HASH = /"workflow":\{"hash":"([0-9a-f]{64})"/g;

/**
 * Which definitions are still used: by a run, as its first or a later one, or
 * by another definition, whose steps may still start a run of it.
 */
export class DefinitionUses {
  readonly #hasDefinition;
  readonly #newestUser;
  readonly #isNamed;
  readonly #definition;
  readonly #remove;
  /**
   * For each definition, a run that uses it: checking one run is cheaper than searching all runs.
   */
  readonly #users = new Map<string, string>();

  constructor(database: Database) {
    this.#hasDefinition = database
      .prepare<[{ runId: string; hash: string }], unknown>(
        `SELECT 1 FROM workflow_runs WHERE run_id = @runId AND definition_hash = @hash
         UNION ALL SELECT 1 FROM workflow_run_definitions
           WHERE run_id = @runId AND definition_hash = @hash`,
      )
      .pluck();
    this.#newestUser = database
      .prepare<[{ hash: string }], string>(
        `SELECT * FROM (SELECT run_id FROM workflow_runs WHERE definition_hash = @hash
                        ORDER BY rowid DESC LIMIT 1)
         UNION ALL SELECT * FROM (SELECT run_id FROM workflow_run_definitions
                                  WHERE definition_hash = @hash LIMIT 1)`,
      )
      .pluck();
    this.#isNamed = database
      .prepare<[{ hash: string }], unknown>(
        `SELECT 1 FROM workflow_definitions WHERE hash <> @hash AND instr(definition, @hash) > 0
         LIMIT 1`,
      )
      .pluck();
    this.#definition = database
      .prepare<[string], string>("SELECT definition FROM workflow_definitions WHERE hash = ?")
      .pluck();
    this.#remove = database.prepare<[string]>("DELETE FROM workflow_definitions WHERE hash = ?");
  }

  /**
   * Must be called inside a transaction. Removes the definition if nothing uses it, and those that
   * only it named; returns whether it did.
   */
  removeUnused(hash: string): boolean {
    if (this.#isUsed(hash) || this.#isNamed.get({ hash }) !== undefined) return false;
    const named = [...(this.#definition.get(hash) ?? "").matchAll(NAMED_HASH)];
    if (this.#remove.run(hash).changes === 0) return false;
    for (const [, inner = ""] of named) this.removeUnused(inner);
    return true;
  }

  #isUsed(hash: string): boolean {
    const known = this.#users.get(hash);
    if (known !== undefined && this.#hasDefinition.get({ runId: known, hash }) !== undefined)
      return true;
    const found = this.#newestUser.get({ hash });
    if (this.#users.size >= MAX_USERS) this.#users.clear();
    if (found === undefined) this.#users.delete(hash);
    else this.#users.set(hash, found);
    return found !== undefined;
  }
}
