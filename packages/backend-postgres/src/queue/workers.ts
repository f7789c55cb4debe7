import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import pg from "pg";
import { driverUrl, withholdPassword } from "../storage/connection/server-url.js";
import { cannotOpen } from "./QueueDatabase.js";
import { CREATE_TABLES } from "./queue-tables.js";

/** How often a worker sends its heartbeat, in ms. */
const BEAT_MS = 5000;

/** How long a worker may be silent before it is no longer listed, in ms. */
const SILENT_MS = 30_000;

/** How long a statement may take, in ms. */
const QUERY_TIMEOUT_MS = 10_000;

/** Something that runs SQL: a client or a pool of the `pg` package. */
export interface Queryable {
  /** Runs a statement; settles with its rows. */
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** What a worker performs. */
export interface WorkerOffer {
  /** Identifies the worker. Default: a new id. */
  readonly workerId?: string;
  /** The version of the worker's package. */
  readonly version: string;
  /** How many attempts it performs at once, by agent id; `*` for all other agents together. */
  readonly agents: Readonly<Record<string, number>>;
  /** How many runs it executes at once; 0 if it only performs attempts. */
  readonly runs: number;
}

/** A worker that is there. */
export interface WorkerInfo extends Required<WorkerOffer> {
  /** The name of its host. */
  readonly host: string;
  /** Its process id on that host. */
  readonly pid: number;
  /** When it last said that it was there, in ms since the epoch, by the database's clock. */
  readonly seenAt: number;
}

/** A worker's entry in the list, which lasts until it is closed or the process ends. */
export interface WorkerRegistration extends AsyncDisposable {
  /** Identifies the worker. */
  readonly workerId: string;
  /** Removes the entry. */
  close(): Promise<void>;
}

/**
 * Enters this process in the list of workers, and sends its heartbeat every 5 seconds. `database`
 * is a URL, or a client or pool of the `pg` package that stays open for as long. Throws
 * `database_*`, with `database_busy` if the server cannot be reached.
 */
export async function registerWorker(
  database: string | Queryable,
  offer: WorkerOffer,
): Promise<WorkerRegistration> {
  const { workerId = randomUUID(), version, agents, runs } = offer;
  const opened = open(database);
  const beat = (): Promise<unknown> =>
    opened.sql.query(
      `INSERT INTO axw_queue.workflow_workers (worker_id, host, pid, version, agents, runs)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (worker_id) DO UPDATE SET seen_at = now()`,
      [workerId, hostname(), process.pid, version, JSON.stringify(agents), runs],
    );
  try {
    await opened.sql.query(CREATE_TABLES);
    await beat();
  } catch (error) {
    await opened.close();
    throw typeof database === "string" ? cannotOpen(error, database) : error;
  }
  // A server that cannot be reached for a moment must not end the worker.
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  timer.unref();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    const remove = "DELETE FROM axw_queue.workflow_workers WHERE worker_id = $1";
    await opened.sql.query(remove, [workerId]).catch(() => undefined);
    await opened.close();
  };
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  return { workerId, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

/**
 * Lists the workers that have said in the last 30 seconds that they are there, by host. Empty if no
 * worker was ever registered in the database. Throws `database_*`, with `database_busy` if the
 * server cannot be reached.
 */
export async function listWorkers(database: string | Queryable): Promise<readonly WorkerInfo[]> {
  const opened = open(database);
  try {
    const { rows } = await opened.sql.query(
      `SELECT worker_id AS "workerId", host, pid, version, agents, runs,
         extract(epoch FROM seen_at)::float8 * 1000 AS "seenAt"
       FROM axw_queue.workflow_workers
       WHERE seen_at > now() - $1 * interval '1 millisecond' ORDER BY host, started_at, worker_id`,
      [SILENT_MS],
    );
    return (rows as (Omit<WorkerInfo, "agents"> & { readonly agents: string })[]).map((row) => ({
      ...row,
      agents: JSON.parse(row.agents) as WorkerInfo["agents"],
    }));
  } catch (error) {
    if (hasNoTables(error)) return [];
    throw typeof database === "string" ? cannotOpen(error, database) : error;
  } finally {
    await opened.close();
  }
}

function open(database: string | Queryable): { sql: Queryable; close(): Promise<void> } {
  if (typeof database !== "string") return { sql: database, close: async () => undefined };
  withholdPassword();
  const pool = new pg.Pool({
    connectionString: driverUrl(database),
    application_name: "axw workers",
    max: 1,
    connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // An idle connection was lost: the next statement opens another.
  pool.on("error", () => undefined);
  return { sql: pool, close: () => pool.end() };
}

/** Whether a statement failed because the schema or the table does not exist. */
function hasNoTables(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "42P01" || code === "3F000";
}
