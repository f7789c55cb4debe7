import { type Agent, isOwnerDead } from "@automatosx/workflow";
import { type IdentifiedProcess, mayBeAlive, thisProcess } from "@automatosx/workflow/drive";
import type { HeldJob } from "./HeldJob.js";
import type { QueueDatabase } from "./QueueDatabase.js";

interface ProcessRow {
  readonly jobId: string;
  readonly agentId: string;
  readonly idempotencyKey: string;
  readonly token: string;
  /** The worker's process, and the process group that it started, as JSON. */
  readonly worker: string;
  readonly process: string;
}

/**
 * The processes that attempts have started on this machine. When a worker dies, another worker of
 * the machine ends what it left running.
 */
export class WorkerProcesses {
  readonly #database: QueueDatabase;
  readonly #workerId: string;
  readonly #own = { ...thisProcess(), ownerId: "" };
  readonly #machine = this.#own.machine ?? this.#own.host;

  constructor(database: QueueDatabase, workerId: string) {
    this.#database = database;
    this.#workerId = workerId;
  }

  /** Marks the processes of an attempt that this worker performs. */
  tokenOf(idempotencyKey: string): string {
    return `${idempotencyKey}@${this.#workerId}`;
  }

  /** Settles when the process group is on record. */
  async record(
    { job, agentId }: HeldJob,
    idempotencyKey: string,
    process: IdentifiedProcess,
  ): Promise<void> {
    await this.#database.query(
      `INSERT INTO axw_queue.attempt_processes
         (job_id, machine, agent_id, idempotency_key, token, worker, process)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[job.id, this.#machine, agentId, idempotencyKey, this.tokenOf(idempotencyKey)],
        ...[JSON.stringify(this.#own), JSON.stringify(process)],
      ],
    );
  }

  /** The attempt has ended, and nothing of it is left running. */
  async forget({ job }: HeldJob): Promise<void> {
    await this.#database.query("DELETE FROM axw_queue.attempt_processes WHERE job_id = $1", [
      job.id,
    ]);
  }

  /** Ends what dead workers of this machine left running. */
  async reclaim(agentOf: (agentId: string) => Agent | undefined): Promise<void> {
    const rows = await this.#database.query<ProcessRow>(
      `SELECT job_id AS "jobId", agent_id AS "agentId", idempotency_key AS "idempotencyKey", token,
         worker, process
       FROM axw_queue.attempt_processes WHERE machine = $1`,
      [this.#machine],
    );
    const left = rows.filter(({ worker }) => isOwnerDead(JSON.parse(worker)) === true);
    for (const [jobId, ofJob] of Map.groupBy(left, (row) => row.jobId)) {
      const { agentId, idempotencyKey } = ofJob[0] as ProcessRow;
      const agent = agentOf(agentId);
      if (typeof agent !== "object" || agent.reclaim === undefined) continue;
      const groups = ofJob
        .map(({ process }) => JSON.parse(process) as IdentifiedProcess)
        .filter(mayBeAlive)
        .map(({ pid }) => pid);
      const tokens = [...new Set(ofJob.map(({ token }) => token))];
      await agent.reclaim(idempotencyKey, groups, tokens);
      const remove = "DELETE FROM axw_queue.attempt_processes WHERE job_id = $1";
      await this.#database.query(remove, [jobId]);
    }
  }
}
