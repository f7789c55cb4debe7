import type { StoredArtifact } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** Journal rows read at a time when it is looked for who names what: about a millisecond's worth. */
const SLICE = 2000;

/** Bytes of large results that one transaction takes away, or one result where that is larger: they are overwritten on the way. */
const BATCH_BYTES = 512 * 1024;

/** An artifact as the look for unused ones found it. */
interface Kept {
  readonly sha256: string;
  readonly bytes: number;
  readonly named_count: number;
}

/** Large results, once each under the hash of their content. Whether it still fits is for the reader to see, who knows the row that names it. */
export class ArtifactDAO {
  readonly #insert;
  readonly #get;
  readonly #all;
  readonly #slice;
  readonly #remove;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, string]>(
      "INSERT INTO workflow_artifacts (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO UPDATE SET named_count = named_count + 1",
    );
    this.#get = database
      .prepare<[string], unknown>("SELECT content FROM workflow_artifacts WHERE sha256 = ?")
      .pluck();
    this.#all = database.prepare<[], Kept>(
      "SELECT sha256, octet_length(content) AS bytes, named_count FROM workflow_artifacts",
    );
    this.#slice = database.prepare<[number, number], { entry_id: number; artifact: string | null }>(
      `SELECT entry_id, iif(type = 'step_completed' AND payload GLOB '{"artifact":*', payload ->> '$.artifact', NULL) AS artifact
       FROM workflow_journal WHERE entry_id > ? ORDER BY entry_id LIMIT ?`,
    );
    this.#remove = database.prepare<[string, number]>(
      "DELETE FROM workflow_artifacts WHERE sha256 = ? AND named_count = ?",
    );
  }

  insert({ sha256, content }: StoredArtifact): void {
    this.#insert.run(sha256, content);
  }

  get(sha256: string): string | undefined {
    const content = this.#get.get(sha256);
    return typeof content === "string" ? content : undefined;
  }

  /**
   * Takes away what no journal names. All journals are read, slice by slice, between which others may write: what they name
   * in the meantime is counted with it, and stays. `write` makes a transaction of its argument.
   */
  *removeUnused(write: <T>(action: () => T) => T): Generator<number, void, undefined> {
    const kept = this.#all.all();
    if (kept.length === 0) return;
    const named = new Set<string>();
    for (let after: number | undefined = 0; after !== undefined; yield 0)
      after = this.#readSlice(after, named);
    const unused = kept.filter(({ sha256 }) => !named.has(sha256));
    while (unused.length > 0) yield write(() => this.#removeSome(unused));
  }

  #removeSome(unused: Kept[]): number {
    let [removed, bytes] = [0, 0];
    while (unused.length > 0 && bytes < BATCH_BYTES) {
      const {
        sha256,
        named_count,
        bytes: size,
      } = unused.pop() ?? { sha256: "", named_count: 0, bytes: 0 };
      removed += this.#remove.run(sha256, named_count).changes;
      bytes += size;
    }
    return removed;
  }

  // Gives the last key of the slice; undefined when there was no more.
  #readSlice(after: number, named: Set<string>): number | undefined {
    const rows = this.#slice.all(after, SLICE);
    for (const { artifact } of rows) if (artifact !== null) named.add(artifact);
    return rows.length === SLICE ? rows.at(-1)?.entry_id : undefined;
  }
}
