import type { LogChunk } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./RowReader.js";

/** What is kept of one attempt's output, in bytes. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

const LIMIT_SAID = "\n[the output goes on, but only its first 10 MB are kept]\n";

/** Attempts whose length is remembered; of another the rows are added up. */
const MOST_LENGTHS = 10_000;

const STREAMS = ["stdout", "stderr"] as const;

/** What agents said. */
export class LogDAO {
  readonly #insert;
  readonly #read;
  readonly #length;
  /** By run, then by step and attempt. */
  readonly #lengths = new Map<string, Map<string, number>>();
  #lengthCount = 0;

  constructor(database: Database) {
    // A piece of output of a run that was never written has nowhere to go.
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
       SELECT @runId, @stepId, @attemptNumber, @stream, @at, @text WHERE EXISTS (SELECT 1 FROM workflow_runs WHERE run_id = @runId)`,
    );
    this.#read = database.prepare<[{ runId: string; stepId: string | null; afterId: number }]>(
      `SELECT log_id, run_id, step_id, attempt_number, stream, at, text FROM workflow_step_logs
       WHERE run_id = @runId AND (@stepId IS NULL OR step_id = @stepId) AND log_id > @afterId ORDER BY log_id`,
    );
    this.#length = database
      .prepare<[string, string, number], number>(
        "SELECT coalesce(sum(octet_length(text)), 0) FROM workflow_step_logs WHERE run_id = ? AND step_id = ? AND attempt_number = ?",
      )
      .pluck();
  }

  /** Keeps a piece, as far as the attempt's limit allows; where it is reached, the log says so once. */
  append(chunk: LogChunk): void {
    const key = `${chunk.attemptNumber}/${chunk.stepId}`;
    const length =
      this.#lengths.get(chunk.runId)?.get(key) ??
      this.#length.get(chunk.runId, chunk.stepId, chunk.attemptNumber) ??
      0;
    // Past the limit, the sentence that says so is what is past it.
    if (length > LOG_LIMIT_BYTES) return;
    const room = LOG_LIMIT_BYTES - length;
    const size = Buffer.byteLength(chunk.text);
    const text = size <= room ? chunk.text : cut(chunk.text, room) + LIMIT_SAID;
    const { runId, stepId, attemptNumber, stream, at } = chunk;
    if (text !== "") this.#insert.run({ runId, stepId, attemptNumber, stream, at, text });
    this.#remember(runId, key, size <= room ? length + size : LOG_LIMIT_BYTES + 1);
  }

  #remember(runId: string, key: string, length: number): void {
    if (this.#lengthCount >= MOST_LENGTHS) this.forgetLengths();
    const ofRun = this.#lengths.get(runId) ?? new Map<string, number>();
    this.#lengths.set(runId, ofRun);
    if (!ofRun.has(key)) this.#lengthCount += 1;
    ofRun.set(key, length);
  }

  /** When a run is let go. */
  forgetRun(runId: string): void {
    this.#lengthCount -= this.#lengths.get(runId)?.size ?? 0;
    this.#lengths.delete(runId);
  }

  /** After a transaction that failed: what was counted is not there. */
  forgetLengths(): void {
    this.#lengths.clear();
    this.#lengthCount = 0;
  }

  read(
    runId: string,
    stepId: string | undefined,
    afterId: number,
  ): (LogChunk & { readonly id: number })[] {
    return this.#read.all({ runId, stepId: stepId ?? null, afterId }).map((found) => {
      const row = new RowReader("workflow_step_logs", "log_id", found);
      return {
        id: row.count("log_id", 1),
        runId: row.text("run_id"),
        stepId: row.text("step_id"),
        attemptNumber: row.count("attempt_number", 1),
        stream: row.oneOf("stream", STREAMS),
        at: row.number("at"),
        text: row.text("text"),
      };
    });
  }
}

// At a whole character: half of one would come back as another.
function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
