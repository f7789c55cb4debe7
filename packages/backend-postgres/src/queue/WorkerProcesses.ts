import { type Agent, isOwnerDead, systemPorts } from "@automatosx/workflow";
import { type IdentifiedProcess, mayBeAlive, thisProcess } from "@automatosx/workflow/drive";
import { LeaseGuard } from "@automatosx/workflow/hosting";
import type { HeldJob } from "./HeldJob.js";
import type { QueueDatabase } from "./QueueDatabase.js";
import { queueOfAgent } from "./queue-names.js";

interface ProcessRow {
  readonly jobId: string;
  readonly agentId: string;
  readonly idempotencyKey: string;
  readonly token: string;
  /** The worker's process, as JSON. */
  readonly worker: string;
  /** A process group that the attempt has started, as JSON; null in the row of its beginning. */
  readonly process: string | null;
}

/**
 * The processes that attempts have started on this machine. If the worker stands still or dies, a
 * guard ends them before the attempts are given up. What a guard could not end is ended by the next
 * worker of the machine.
 */
export class WorkerProcesses {
  readonly #database: QueueDatabase;
  readonly #workerId: string;
  readonly #own = { ...thisProcess(), ownerId: "" };
  readonly #pids = new Map<HeldJob, number[]>();
  #guard: LeaseGuard | undefined;
  #lastId = 0;
  readonly #machine = this.#own.machine ?? this.#own.host;

  constructor(database: QueueDatabase, workerId: string) {
    this.#database = database;
    this.#workerId = workerId;
  }

  /** Marks the processes of an attempt that this worker performs. */
  tokenOf(idempotencyKey: string): string {
    return `${idempotencyKey}@${this.#workerId}`;
  }

  /**
   * An attempt begins that may start processes. Settles when that is on record: a worker may die
   * between the start of a process and its record, and the process is then found by its token.
   */
  async begin(held: HeldJob, idempotencyKey: string): Promise<void> {
    this.#lastId -= 1;
    // No process has a negative id, so only the token counts.
    this.#guarded(held, idempotencyKey, { pid: this.#lastId, processStart: "none" });
    await this.#insert(held, idempotencyKey, null);
  }

  /** Settles when the process group is on record. */
  async record(held: HeldJob, idempotencyKey: string, process: IdentifiedProcess): Promise<void> {
    this.#guarded(held, idempotencyKey, process);
    await this.#insert(held, idempotencyKey, JSON.stringify(process));
  }

  #guarded(
    held: HeldJob,
    idempotencyKey: string,
    { pid, processStart }: Pick<IdentifiedProcess, "pid" | "processStart">,
  ): void {
    this.#guard ??= new LeaseGuard(systemPorts.clock, { leaseMs: held.heartbeatMs });
    const token = this.tokenOf(idempotencyKey);
    this.#guard.started(held, { pid, processStart, idempotencyKey, token });
    this.#pids.set(held, [...(this.#pids.get(held) ?? []), pid]);
  }

  async #insert(held: HeldJob, idempotencyKey: string, process: string | null): Promise<void> {
    await this.#database.query(
      `INSERT INTO axw_queue.attempt_processes
         (job_id, machine, agent_id, idempotency_key, token, worker, process)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[held.job.id, this.#machine, held.agentId, idempotencyKey],
        ...[this.tokenOf(idempotencyKey), JSON.stringify(this.#own), process],
      ],
    );
  }

  /** Heartbeats have arrived. */
  renewed(): void {
    this.#guard?.renewed();
  }

  /**
   * The attempt has ended. The processes of one that was stopped may live on, because its agent was
   * abandoned: the guard ends them with the attempt's heartbeat.
   */
  async ended(held: HeldJob, { wasStopped }: { readonly wasStopped: boolean }): Promise<void> {
    const pids = this.#pids.get(held) ?? [];
    this.#pids.delete(held);
    const forget = (): void => {
      for (const pid of pids) this.#guard?.ended(pid);
    };
    if (wasStopped) setTimeout(forget, held.heartbeatMs).unref();
    else forget();
    const remove = "DELETE FROM axw_queue.attempt_processes WHERE job_id = $1";
    await this.#database.query(remove, [held.job.id]);
  }

  /** All attempts of this worker have ended. */
  close(): void {
    this.#guard?.close();
  }

  /**
   * Ends what dead workers of this machine left running, and gives their attempts up: they are
   * repeated before their heartbeats end.
   */
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
        .flatMap(({ process }) => (process === null ? [] : [JSON.parse(process)]))
        .filter((one: IdentifiedProcess) => mayBeAlive(one))
        .map(({ pid }) => pid);
      const tokens = [...new Set(ofJob.map(({ token }) => token))];
      await agent.reclaim(idempotencyKey, groups, tokens);
      // A job is performed once, so an active one is still that of the dead worker.
      const job = { id: jobId, retryCount: 0 };
      await this.#database.boss.fail(queueOfAgent(agentId), job, { lost: true });
      this.#database.announce("ended", [jobId]);
      const remove = "DELETE FROM axw_queue.attempt_processes WHERE job_id = $1";
      await this.#database.query(remove, [jobId]);
    }
  }
}
