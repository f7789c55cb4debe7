import { type Clock, systemPorts } from "@automatosx/workflow";
import { checkOptions, flag, limit, type OptionChecks, text } from "@automatosx/workflow/checks";
import { Bridge } from "./connection/Bridge.js";
import { Connection, type Server } from "./connection/connect.js";
import { describeError, toWorkflowError } from "./connection/database-error.js";
import { checkUrl, hidePassword, withholdPassword } from "./connection/server-url.js";
import { PortOnPostgres, type PostgresStorage } from "./PortOnPostgres.js";
import { databaseIdentity } from "./schema/database-identity.js";
import { prepareSchema } from "./schema/migrate.js";

/** How to open a PostgreSQL database. */
export interface PostgresOptions {
  /** `postgres://USER@HOST:PORT/DATABASE`, with the parameters of libpq, such as `sslmode`. */
  readonly url: string;
  /** True to change nothing: then the tables must exist, in this version. Default false. */
  readonly readOnly?: boolean;
  /** False to refuse a database without the tables of this program. Default true. */
  readonly create?: boolean;
  /**
   * How long a call that blocks waits for the server, in ms: 300 by default. A program that only
   * reads may wait longer; an engine's agents and timers wait with it.
   */
  readonly waitMs?: number;
  /** How long a call of a running engine waits for the server, in ms: 5000 by default. */
  readonly answerMs?: number;
  /** What `pg_stat_activity` calls the connections; `axw` by default. */
  readonly applicationName?: string;
  /** The clock of the engine that uses the storage; the real one by default. */
  readonly clock?: Pick<Clock, "now">;
}

const CHECKS: OptionChecks<PostgresOptions> = {
  url: checkUrl,
  readOnly: flag,
  create: flag,
  waitMs: limit,
  answerMs: limit,
  applicationName: text,
  clock: () => undefined,
};

const WAIT_MS = 300;
const ANSWER_MS = 5_000;

/** How long to wait for the first connection, in ms. */
const OPEN_MS = 10_000;

/**
 * Opens a PostgreSQL database, and migrates the tables in its schema `axw` to this version. Rejects
 * with `database_*`; a server that cannot be reached is `database_busy`.
 *
 * @example
 * const storage = await openPostgresStorage({ url: "postgres://axw@db.example.com/work" });
 * const engine = await WorkflowEngine.open({ storage, agents });
 */
export async function openPostgresStorage(options: PostgresOptions): Promise<PostgresStorage> {
  checkOptions<PostgresOptions>("openPostgresStorage", options, CHECKS);
  checkUrl(options.url);
  withholdPassword();
  const { url, readOnly = false, create = true, applicationName = "axw" } = options;
  const { waitMs = WAIT_MS, answerMs = ANSWER_MS, clock = systemPorts.clock } = options;
  const server: Server = { url, name: hidePassword(url), applicationName, readOnly };
  const databaseId = await prepare(server, create && !readOnly);
  const bridge = await Bridge.open(server, waitMs);
  return new PortOnPostgres({ server, bridge, databaseId, now: () => clock.now(), answerMs });
}

// Returns the identity of the database.
async function prepare(server: Server, create: boolean): Promise<string> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(server, OPEN_MS);
    await prepareSchema(connection, server, create);
    return await databaseIdentity(connection, server);
  } catch (error) {
    if (error instanceof Error && "remedy" in error) throw error;
    throw toWorkflowError(server, describeError(error));
  } finally {
    await connection?.close().catch(() => undefined);
  }
}
