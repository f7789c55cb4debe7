import type { LogStream } from "../../agents/AgentPort.js";
import type { LogChunk } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface LogRow {
  log_id: number;
  run_id: string;
  step_id: string;
  attempt_number: number;
  stream: LogStream;
  at: number;
  text: string;
}

/** What agents said. */
export class LogDAO {
  readonly #insert;
  readonly #read;

  constructor(database: Database) {
    // A piece of output of a run that was never written has nowhere to go.
    this.#insert = database.prepare(
      `INSERT INTO workflow_step_logs (run_id, step_id, attempt_number, stream, at, text)
       SELECT @runId, @stepId, @attemptNumber, @stream, @at, @text WHERE EXISTS (SELECT 1 FROM workflow_runs WHERE run_id = @runId)`,
    );
    this.#read = database.prepare<[{ runId: string; stepId: string | null; afterId: number }], LogRow>(
      `SELECT * FROM workflow_step_logs WHERE run_id = @runId AND (@stepId IS NULL OR step_id = @stepId) AND log_id > @afterId ORDER BY log_id`,
    );
  }

  append(chunk: LogChunk): void {
    this.#insert.run(chunk);
  }

  read(runId: string, stepId: string | undefined, afterId: number): (LogChunk & { readonly id: number })[] {
    return this.#read.all({ runId, stepId: stepId ?? null, afterId }).map((row) => ({
      id: row.log_id,
      runId: row.run_id,
      stepId: row.step_id,
      attemptNumber: row.attempt_number,
      stream: row.stream,
      at: row.at,
      text: row.text,
    }));
  }
}
