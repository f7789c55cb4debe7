import type { AgentProcess } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./RowReader.js";

/** The process groups that agents work in. */
export class AgentProcessDAO {
  readonly #insert;
  readonly #ofRun;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, string, number, string, number, string]>(
      `INSERT INTO workflow_agent_processes
         (run_id, step_id, attempt_number, host, pid, process_start) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET host = excluded.host, process_start = excluded.process_start`,
    );
    this.#ofRun = database.prepare<[string]>(
      `SELECT run_id, step_id, attempt_number, host, pid, process_start
       FROM workflow_agent_processes WHERE run_id = ?`,
    );
  }

  insert({ runId, stepId, attemptNumber, host, pid, processStart }: AgentProcess): void {
    this.#insert.run(runId, stepId, attemptNumber, host, pid, processStart);
  }

  ofRun(runId: string): AgentProcess[] {
    return this.#ofRun.all(runId).map((found) => {
      const row = new RowReader("workflow_agent_processes", "run_id", found);
      return {
        runId: row.text("run_id"),
        stepId: row.text("step_id"),
        attemptNumber: row.count("attempt_number", 1),
        host: row.text("host"),
        pid: row.count("pid", 1),
        processStart: row.text("process_start"),
      };
    });
  }
}
