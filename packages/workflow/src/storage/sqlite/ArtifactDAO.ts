import { REFERS_TO_ARTIFACTS, referencedArtifacts } from "../referenced-artifacts.js";
import type { StoredArtifact } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/**
 * How many journal rows to read at a time when looking for references to artifacts: about a
 * millisecond of work.
 */
const SLICE = 2000;

/**
 * How many bytes one transaction removes, unless a single artifact is larger. The limit is needed
 * because SQLite overwrites deleted content.
 */
const BATCH_BYTES = 512 * 1024;

/** An artifact, as found by the search for unused ones. */
interface FoundArtifact {
  readonly sha256: string;
  readonly bytes: number;
  /** How many times this content was inserted. An increase shows that it was referred to again. */
  readonly named_count: number;
}

/**
 * Large results and files, stored once per content. The reader checks the content against the row
 * that refers to it.
 */
export class ArtifactDAO {
  readonly #insert;
  readonly #get;
  readonly #all;
  readonly #slice;
  readonly #remove;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, string]>(
      `INSERT INTO workflow_artifacts (sha256, content) VALUES (?, ?)
       ON CONFLICT (sha256) DO UPDATE SET named_count = named_count + 1`,
    );
    this.#get = database
      .prepare<[string], unknown>("SELECT content FROM workflow_artifacts WHERE sha256 = ?")
      .pluck();
    this.#all = database.prepare<[], FoundArtifact>(
      "SELECT sha256, octet_length(content) AS bytes, named_count FROM workflow_artifacts",
    );
    this.#slice = database.prepare<[number, number], { entry_id: number; payload: string | null }>(
      `SELECT entry_id, iif(${REFERS_TO_ARTIFACTS}, payload, NULL) AS payload
       FROM workflow_journal e WHERE entry_id > ? ORDER BY entry_id LIMIT ?`,
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
   * Removes artifacts that no journal refers to, and yields how many after each slice of work. It
   * reads all journals in slices. Other connections may write in between: a new reference to an
   * artifact raises its `named_count`, which protects the artifact. `write` runs its argument as a
   * transaction.
   */
  *removeUnused(write: <T>(action: () => T) => T): Generator<number, void, undefined> {
    const found = this.#all.all();
    if (found.length === 0) return;
    const named = new Set<string>();
    for (let after: number | undefined = 0; after !== undefined; yield 0)
      after = this.#readSlice(after, named);
    const unused = found.filter(({ sha256 }) => !named.has(sha256));
    while (unused.length > 0) yield write(() => this.#removeSome(unused));
  }

  #removeSome(unused: FoundArtifact[]): number {
    let [removed, bytes] = [0, 0];
    while (bytes < BATCH_BYTES) {
      const artifact = unused.pop();
      if (artifact === undefined) break;
      removed += this.#remove.run(artifact.sha256, artifact.named_count).changes;
      bytes += artifact.bytes;
    }
    return removed;
  }

  // Returns the last key of the slice, or undefined at the end of the journal.
  #readSlice(after: number, named: Set<string>): number | undefined {
    const rows = this.#slice.all(after, SLICE);
    for (const { payload } of rows) {
      if (payload === null) continue;
      for (const sha256 of referencedArtifacts({ type: "step_completed", payload }))
        named.add(sha256);
    }
    return rows.length === SLICE ? rows.at(-1)?.entry_id : undefined;
  }
}
