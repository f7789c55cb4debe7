import { RowReader } from "../RowReader.js";
import { agentProcessOf } from "../read-rows.js";
import type { AgentProcess } from "../StoragePort.js";
import type { Database } from "./open-database.js";

const COLUMNS = `
  run_id, step_id, attempt_number, host, pid, process_start, owner_id, machine, token, database_id`;

/** The process groups that agents work in. */
export class AgentProcessDAO {
  readonly #insert;
  readonly #ofRun;

  constructor(database: Database) {
    this.#insert = database.prepare<(string | number | null)[]>(
      `INSERT INTO workflow_agent_processes
         (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET host = excluded.host, process_start = excluded.process_start,
         owner_id = excluded.owner_id, machine = excluded.machine, token = excluded.token,
         database_id = excluded.database_id`,
    );
    this.#ofRun = database.prepare<[string]>(
      `SELECT ${COLUMNS} FROM workflow_agent_processes WHERE run_id = ?`,
    );
  }

  insert(one: AgentProcess): void {
    const { runId, stepId, attemptNumber, host, pid, processStart } = one;
    const { ownerId = null, machine = null, token = null, databaseId = null } = one;
    this.#insert.run(
      runId,
      stepId,
      attemptNumber,
      host,
      pid,
      processStart,
      ownerId,
      machine,
      token,
      databaseId,
    );
  }

  ofRun(runId: string): AgentProcess[] {
    return this.#ofRun
      .all(runId)
      .map((found) => agentProcessOf(new RowReader("workflow_agent_processes", "run_id", found)));
  }
}
