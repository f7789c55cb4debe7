import { referencedArtifacts } from "@automatosx/workflow/storage";
import type { Sql } from "../connection/Statement.js";

/** How many journal rows to read at a time when looking for references to artifacts. */
const SLICE = 2000;

/** How many bytes one transaction removes, unless a single artifact is larger. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** The entries that may refer to artifacts: see `referencedArtifacts`. */
const REFERS = `e.type IN ('step_completed', 'step_answered', 'gate_answered', 'signal_received',
    'result_edited', 'definition_changed')
  AND (starts_with(e.payload, '{"artifact":') OR starts_with(e.payload, '{"files":')
    OR starts_with(e.payload, '{"editsArtifact":'))`;

const SLICE_OF_JOURNAL = `
  SELECT run.run_number, e.seq, e.type, CASE WHEN ${REFERS} THEN e.payload END AS payload
  FROM axw.workflow_runs run JOIN axw.workflow_journal e ON e.run_id = run.run_id
  WHERE run.run_number >= $1 AND (run.run_number > $1 OR e.seq > $2)
  ORDER BY run.run_number, e.seq LIMIT ${SLICE}`;

const OF_RUN = `
  SELECT e.type, e.payload FROM axw.workflow_journal e
  WHERE e.run_id = $1 AND e.seq >= $2 AND ${REFERS}`;

const REMOVE = `
  DELETE FROM axw.workflow_artifacts a
  USING json_to_recordset($1::json) AS u (sha256 text, named_count integer)
  WHERE a.sha256 = u.sha256 AND a.named_count = u.named_count RETURNING a.sha256`;

interface FoundArtifact {
  readonly sha256: string;
  readonly bytes: number;
  /** How many times this content was stored. An increase shows that it was referred to again. */
  readonly named_count: number;
}

interface ReferringRow {
  readonly run_number: number;
  readonly seq: number;
  readonly type: string;
  readonly payload: string | null;
}

/** Large results and files, stored once per content. */
export class ArtifactRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(sha256: string): string | undefined {
    const [row] = this.#sql("SELECT content FROM axw.workflow_artifacts WHERE sha256 = $1", [
      sha256,
    ]);
    return row?.["content"] as string | undefined;
  }

  /** The bytes of the artifacts that the entries of a run refer to, from one entry on. */
  bytesOf(runId: string, fromSeq: number): number {
    const rows = this.#sql(OF_RUN, [runId, fromSeq]) as unknown as readonly ReferringRow[];
    const hashes = rows.flatMap(({ type, payload }) =>
      referencedArtifacts({ type, payload: payload ?? "" }),
    );
    if (hashes.length === 0) return 0;
    // An artifact counts once for each entry that refers to it.
    const [sum] = this.#sql(
      `SELECT coalesce(sum(octet_length(a.content)), 0)::bigint AS bytes
       FROM unnest($1::text[]) named JOIN axw.workflow_artifacts a ON a.sha256 = named`,
      [hashes],
    );
    return sum?.["bytes"] as number;
  }

  /**
   * Removes artifacts that no journal refers to, and yields how many after each slice of work. A
   * reference that is made in the meantime raises `named_count`, which protects the artifact; so
   * does the order of the search, because new runs have the highest numbers.
   */
  *removeUnused(): Generator<number, void, undefined> {
    const found = this.#sql(
      `SELECT sha256, octet_length(content)::bigint AS bytes, named_count
       FROM axw.workflow_artifacts`,
    ) as unknown as readonly FoundArtifact[];
    if (found.length === 0) return;
    const named = new Set<string>();
    for (let from: Place | undefined = { run: 0, seq: 0 }; from !== undefined; yield 0)
      from = this.#readSlice(from, named);
    const unused = found.filter(({ sha256 }) => !named.has(sha256));
    while (unused.length > 0) yield this.#removeSome(unused);
  }

  #removeSome(unused: FoundArtifact[]): number {
    const batch: FoundArtifact[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES; bytes += batch.at(-1)?.bytes ?? 0) {
      const artifact = unused.pop();
      if (artifact === undefined) break;
      batch.push(artifact);
    }
    return this.#sql(REMOVE, [JSON.stringify(batch)]).length;
  }

  // Returns the end of the slice, or undefined at the end of the journals.
  #readSlice(from: Place, named: Set<string>): Place | undefined {
    const rows = this.#sql(SLICE_OF_JOURNAL, [
      from.run,
      from.seq,
    ]) as unknown as readonly ReferringRow[];
    for (const { type, payload } of rows)
      if (payload !== null)
        for (const sha256 of referencedArtifacts({ type, payload })) named.add(sha256);
    const last = rows.at(-1);
    return rows.length < SLICE || last === undefined
      ? undefined
      : { run: last.run_number, seq: last.seq };
  }
}

interface Place {
  readonly run: number;
  readonly seq: number;
}
