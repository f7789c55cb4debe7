import { type LogChunk, logChunkOf, RowReader } from "@automatosx/workflow/storage";
import type { Row, Sql } from "../connection/Statement.js";

const COLUMNS = "log_id, run_id, step_id, attempt_number, stream, at, text";

/** How many chunks one statement reads, and about how many characters of them. */
const PAGE_CHUNKS = 1_000;
const PAGE_LENGTH = 4 * 1024 * 1024;

// Chunks after $3, until their texts have $4 characters together, but at least one. The lengths
// before a chunk are summed in the inner query, whose rows are limited first.
const READ = (condition: string) => `
  SELECT ${COLUMNS} FROM (
    SELECT ${COLUMNS},
      coalesce(sum(length(text)) OVER (
        ORDER BY log_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before,
      row_number() OVER (ORDER BY log_id) AS place
    FROM (SELECT ${COLUMNS} FROM axw.workflow_step_logs
          WHERE ${condition} ORDER BY log_id LIMIT ${PAGE_CHUNKS}) page) chunks
  WHERE place = 1 OR before < $2 ORDER BY log_id`;

const READ_RUN = READ("run_id = $1 AND log_id > $3");
const READ_STEP = READ(
  "run_id = $1 AND log_id > $3 AND step_id = $4 AND ($5::integer IS NULL OR attempt_number = $5)",
);

// A stored character may be five: see text-codec.ts.
const LAST = `
  SELECT log_id, run_id, step_id, attempt_number, stream, at,
    right(text, CASE WHEN position(chr(26) IN text) > 0 THEN 5 * $4 + 4 ELSE $4 END) AS text
  FROM axw.workflow_step_logs WHERE run_id = $1 AND step_id = $2
  ORDER BY log_id DESC LIMIT $3`;

type StoredChunk = LogChunk & { readonly id: number };

/** The output of agents. */
export class LogRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads until the texts have `maxLength` characters together, but at least one chunk. */
  read(
    runId: string,
    stepId: string | undefined,
    afterId: number,
    maxLength: number,
    attemptNumber?: number,
  ): readonly StoredChunk[] {
    const chunks: StoredChunk[] = [];
    for (let [length, from] = [0, afterId]; ; ) {
      const most = Math.max(0, Math.min(PAGE_LENGTH, maxLength - length));
      const rows =
        stepId === undefined
          ? this.#sql(READ_RUN, [runId, most, from])
          : this.#sql(READ_STEP, [runId, most, from, stepId, attemptNumber ?? null]);
      for (const chunk of rows.map(toChunk)) {
        chunks.push(chunk);
        length += chunk.text.length;
        from = chunk.id;
        if (length >= maxLength) return chunks;
      }
      if (rows.length === 0) return chunks;
    }
  }

  /** Reads the ends of the last chunks of a step, oldest first. */
  last(runId: string, stepId: string, maxChunks: number, maxLength: number): readonly LogChunk[] {
    const most = Math.min(maxLength, PAGE_LENGTH);
    return this.#sql(LAST, [runId, stepId, maxChunks, most])
      .map(toChunk)
      .toReversed()
      .map(({ id: _, text, ...chunk }) => ({ ...chunk, text: endOf(text, most) }));
  }
}

function endOf(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = Array.from(text);
  return characters.slice(Math.max(0, characters.length - maxLength)).join("");
}

function toChunk(found: Row): StoredChunk {
  return logChunkOf(new RowReader("workflow_step_logs", "log_id", found));
}
