import type { CachedResult } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** Where the newest result of each request is. A row that is lost costs one more attempt. */
export class ResultCacheDAO {
  readonly #get;
  readonly #put;

  constructor(database: Database) {
    this.#get = database.prepare<[string], CachedResult>(
      "SELECT run_id AS runId, seq, at FROM workflow_result_cache WHERE key = ?",
    );
    this.#put = database.prepare<[string, string, number, number]>(
      `INSERT INTO workflow_result_cache (key, run_id, seq, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET run_id = excluded.run_id, seq = excluded.seq,
         at = excluded.at`,
    );
  }

  get(key: string): CachedResult | undefined {
    return this.#get.get(key);
  }

  put(key: string, { runId, seq, at }: CachedResult): void {
    this.#put.run(key, runId, seq, at);
  }
}
