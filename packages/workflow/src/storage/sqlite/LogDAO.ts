import { withinLogLimit } from "../log-limit.js";
import { RowReader } from "../RowReader.js";
import { logChunkOf } from "../read-rows.js";
import type { LogChunk } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** How many attempts' log lengths to remember. The length of any other is summed from its rows. */
const MAX_LENGTHS = 10_000;

const SELECT =
  "SELECT log_id, run_id, step_id, attempt_number, stream, at, text FROM workflow_step_logs";

/** The output of agents. */
export class LogDAO {
  readonly #insert;
  readonly #ofStep;
  readonly #ofRun;
  readonly #range;
  readonly #length;
  readonly #lastOfStep;
  /** By run, then by step and attempt. */
  readonly #lengths = new Map<string, Map<string, number>>();
  #lengthCount = 0;
  /** The run that was read last, and its last chunk at that time. */
  #lastOfRun = { runId: "", last: 0 };

  constructor(database: Database) {
    // Drops output of a run that does not exist.
    this.#insert = database.prepare<
      [
        {
          runId: string;
          stepId: string;
          attemptNumber: number;
          stream: string;
          at: number;
          text: string;
        },
      ]
    >(
      `INSERT INTO workflow_step_logs (run_id, step_id, attempt_number, stream, at, text)
       SELECT @runId, @stepId, @attemptNumber, @stream, @at, @text
       WHERE EXISTS (SELECT 1 FROM workflow_runs WHERE run_id = @runId)`,
    );
    // The texts are read in the order of a b-tree, so that a page costs no more than its own rows:
    // to sort them, SQLite would first read every text of the run.
    this.#ofStep = database.prepare<
      [{ runId: string; stepId: string; afterId: number; attemptNumber: number | null }]
    >(
      `${SELECT} WHERE run_id = @runId AND step_id = @stepId AND log_id > @afterId
         AND (@attemptNumber IS NULL OR attempt_number = @attemptNumber)
       ORDER BY log_id`,
    );
    this.#ofRun = database.prepare<[{ runId: string; first: number; last: number }]>(
      `${SELECT} WHERE log_id BETWEEN @first AND @last AND +run_id = @runId ORDER BY log_id`,
    );
    this.#range = database.prepare<
      [{ runId: string; afterId: number }],
      { first: number | null; last: number | null }
    >(
      `SELECT min(log_id) AS first, max(log_id) AS last FROM workflow_step_logs
       WHERE run_id = @runId AND log_id > @afterId`,
    );
    this.#length = database
      .prepare<[string, string, number], number>(
        `SELECT coalesce(sum(octet_length(text)), 0) FROM workflow_step_logs
         WHERE run_id = ? AND step_id = ? AND attempt_number = ?`,
      )
      .pluck();
    this.#lastOfStep = database.prepare<
      [{ runId: string; stepId: string; maxChunks: number; maxLength: number }]
    >(
      `SELECT log_id, run_id, step_id, attempt_number, stream, at, substr(text, -@maxLength) AS text
       FROM workflow_step_logs WHERE run_id = @runId AND step_id = @stepId
       ORDER BY log_id DESC LIMIT @maxChunks`,
    );
  }

  /** Stores a chunk up to the limit of its attempt. At the limit, adds a notice once. */
  append(chunk: LogChunk): void {
    const key = `${chunk.attemptNumber}/${chunk.stepId}`;
    const length =
      this.#lengths.get(chunk.runId)?.get(key) ??
      this.#length.get(chunk.runId, chunk.stepId, chunk.attemptNumber) ??
      0;
    const kept = withinLogLimit(chunk.text, length);
    const { runId, stepId, attemptNumber, stream, at } = chunk;
    const { text } = kept;
    if (text !== "") this.#insert.run({ runId, stepId, attemptNumber, stream, at, text });
    this.#remember(runId, key, kept.length);
  }

  #remember(runId: string, key: string, length: number): void {
    if (this.#lengthCount >= MAX_LENGTHS) this.forgetLengths();
    const ofRun = this.#lengths.get(runId) ?? new Map<string, number>();
    this.#lengths.set(runId, ofRun);
    if (!ofRun.has(key)) this.#lengthCount += 1;
    ofRun.set(key, length);
  }

  /** Must be called when a run is released. */
  forgetRun(runId: string): void {
    this.#lengthCount -= this.#lengths.get(runId)?.size ?? 0;
    this.#lengths.delete(runId);
  }

  /** Must be called after a failed transaction, because the counted chunks were not stored. */
  forgetLengths(): void {
    this.#lengths.clear();
    this.#lengthCount = 0;
  }

  /** Reads until the texts have `maxLength` characters together, but at least one chunk. */
  read(
    runId: string,
    stepId: string | undefined,
    afterId: number,
    maxLength: number,
    attemptNumber?: number,
  ): (LogChunk & { readonly id: number })[] {
    const chunks: (LogChunk & { readonly id: number })[] = [];
    let length = 0;
    const rows =
      stepId === undefined
        ? this.#rowsOfRun(runId, afterId)
        : this.#ofStep.iterate({ runId, stepId, afterId, attemptNumber: attemptNumber ?? null });
    for (const found of rows) {
      const chunk = toChunk(found);
      chunks.push(chunk);
      length += chunk.text.length;
      if (length >= maxLength) break;
    }
    return chunks;
  }

  /** Reads the ends of the last chunks of a step, oldest first. */
  last(runId: string, stepId: string, maxChunks: number, maxLength: number): LogChunk[] {
    return this.#lastOfStep
      .all({ runId, stepId, maxChunks, maxLength })
      .reverse()
      .map((found) => {
        const { id: _, ...chunk } = toChunk(found);
        return chunk;
      });
  }

  *#rowsOfRun(runId: string, afterId: number): Generator<unknown, void, undefined> {
    for (let from = afterId; ; from = this.#lastOfRun.last) {
      let first = from + 1;
      // To find a run's first and last chunk takes a pass over its part of the index, so pages that
      // end before the remembered chunk do without it.
      const { runId: known, last } = this.#lastOfRun;
      if (known !== runId || from === 0 || from >= last) {
        const range = this.#range.get({ runId, afterId: from });
        if (range?.first == null || range.last === null) return;
        first = range.first;
        this.#lastOfRun = { runId, last: range.last };
      }
      yield* this.#ofRun.iterate({ runId, first, last: this.#lastOfRun.last });
    }
  }
}

function toChunk(found: unknown): LogChunk & { readonly id: number } {
  return logChunkOf(new RowReader("workflow_step_logs", "log_id", found));
}
