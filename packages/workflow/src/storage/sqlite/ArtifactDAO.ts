import type { StoredArtifact } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** Journal rows read at a time when it is looked for who names what: about a millisecond's worth. */
const SLICE = 2000;

/** Bytes of large results that one transaction takes away, or one result where that is larger: they are overwritten on the way. */
const BATCH_BYTES = 512 * 1024;

/** A row of a journal, and the artifact that it names. */
interface Reference {
  readonly rowid: number;
  readonly run_id: string;
  readonly seq: number;
  readonly artifact: string | null;
}

/** How far the journals have been read, and what they name. */
interface Scan {
  readonly named: Set<string>;
  last: Reference | undefined;
}

/** Large results, once each under the hash of their content. Whether it still fits is for the reader to see, who knows the row that names it. */
export class ArtifactDAO {
  readonly #insert;
  readonly #get;
  readonly #all;
  readonly #references;
  readonly #remove;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, string]>(
      "INSERT INTO workflow_artifacts (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
    );
    this.#get = database.prepare<[string], unknown>("SELECT content FROM workflow_artifacts WHERE sha256 = ?").pluck();
    this.#all = database.prepare<[], { sha256: string; bytes: number }>(
      "SELECT sha256, octet_length(content) AS bytes FROM workflow_artifacts",
    );
    this.#references = database.prepare<[number, number], Reference>(
      `SELECT rowid, run_id, seq, iif(type = 'step_completed' AND payload GLOB '{"artifact":*', payload ->> '$.artifact', NULL) AS artifact
       FROM workflow_events WHERE rowid >= ? ORDER BY rowid LIMIT ?`,
    );
    this.#remove = database.prepare<[string]>("DELETE FROM workflow_artifacts WHERE sha256 = ?");
  }

  insert({ sha256, content }: StoredArtifact): void {
    this.#insert.run(sha256, content);
  }

  get(sha256: string): string | undefined {
    const content = this.#get.get(sha256);
    return typeof content === "string" ? content : undefined;
  }

  /**
   * Takes away what no journal names. All journals are read, slice by slice, between which others may write; what they
   * wrote in the meantime is read in the transaction that removes. `write` makes one of its argument.
   */
  *removeUnused(write: <T>(action: () => T) => T): Generator<number, void, undefined> {
    const kept = this.#all.all();
    if (kept.length === 0) return;
    const scan: Scan = { named: new Set(), last: undefined };
    while (this.#readSlice(scan) === "more") yield 0;
    const unused = kept.filter(({ sha256 }) => !scan.named.has(sha256));
    while (unused.length > 0) {
      const removed = write(() => this.#removeSome(unused, scan));
      if (removed === undefined) return;
      yield removed;
    }
  }

  // Undefined when the place in the journals is lost; another time, then.
  #removeSome(unused: { sha256: string; bytes: number }[], scan: Scan): number | undefined {
    const more = this.#readSlice(scan);
    if (more !== "end") return more === "more" ? 0 : undefined;
    let [removed, bytes] = [0, 0];
    while (unused.length > 0 && bytes < BATCH_BYTES) {
      const { sha256, bytes: size } = unused.pop() ?? { sha256: "", bytes: 0 };
      if (scan.named.has(sha256)) continue;
      this.#remove.run(sha256);
      removed += 1;
      bytes += size;
    }
    return removed;
  }

  // Rows get ids above the highest there is. As long as the last row read is still there, whatever was written since is after it.
  #readSlice(scan: Scan): "more" | "end" | "lost" {
    const rows = this.#references.all(scan.last?.rowid ?? 0, SLICE);
    if (scan.last !== undefined) {
      const again = rows[0];
      if (again?.rowid !== scan.last.rowid || again.run_id !== scan.last.run_id || again.seq !== scan.last.seq) return "lost";
    }
    for (const { artifact } of rows) if (artifact !== null) scan.named.add(artifact);
    scan.last = rows.at(-1) ?? scan.last;
    return rows.length === SLICE ? "more" : "end";
  }
}
