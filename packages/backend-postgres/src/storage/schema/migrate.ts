import { WorkflowError } from "@automatosx/workflow/errors";
import type { Connection, Server } from "../connection/connect.js";
import generated from "./migrations.json" with { type: "json" };

/** The version of the data in the tables, as in the SQLite file. */
const STORAGE_FORMAT = 1;

/** How long a migration may take, and wait for another process that migrates, in ms. */
const MIGRATION_MS = 600_000;

/** Identifies the lock that a process holds while it migrates: any number. */
const LOCK = 8_127_440_117;

/** One numbered step of the schema, forwards (`up`) and back (`down`), as SQL. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** The sha-256, in hex, of `up`. */
  readonly sha256: string;
}

interface LedgerRow {
  readonly number: number;
  readonly sha256: string;
  readonly format: number;
}

/** The migrations, in order. */
const MIGRATIONS: readonly Migration[] = generated.migrations;

/**
 * Brings the tables to this version, or checks that they have it if nothing may be changed. Each
 * migration and its row in the ledger are one transaction. Rejects with `database_newer` or
 * `database_unusable`.
 */
export async function prepareSchema(
  connection: Connection,
  server: Server,
  create: boolean,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const ledger = await readLedger(connection);
  if (ledger.length === 0 && !create) throw noTables(server);
  if (missingOf(ledger, migrations).length === 0) return;
  if (server.readOnly) throw older(server);
  // Several processes may start at once: one migrates, and the others find it done.
  await connection.run({ text: `SET lock_timeout = ${MIGRATION_MS}` }, MIGRATION_MS);
  await connection.run({ text: `SET statement_timeout = ${MIGRATION_MS}` }, MIGRATION_MS);
  await connection.run({ text: `SELECT pg_advisory_lock(${LOCK})` }, MIGRATION_MS);
  try {
    const current = await readLedger(connection);
    const missing = missingOf(current, migrations);
    if (current.length > 0 && missing.length > 0) await assertNoLivingOwner(connection, server);
    for (const migration of missing) await apply(connection, server, migration);
  } finally {
    await connection.run({ text: `SELECT pg_advisory_unlock(${LOCK})` }, MIGRATION_MS);
  }
}

// An engine of the older version would continue to write what this version no longer reads.
async function assertNoLivingOwner(connection: Connection, { name }: Server): Promise<void> {
  const text = `SELECT run_id, owner_host, owner_pid FROM axw.workflow_runs
    WHERE lease_expires > axw.now_ms() ORDER BY run_number LIMIT 1`;
  const [run] = await connection.run({ text }, MIGRATION_MS);
  if (run === undefined) return;
  const { run_id: runId = "", owner_host: host, owner_pid: pid } = run as Record<string, string>;
  throw new WorkflowError(
    "run_owned_elsewhere",
    `The tables of ${name} are of an older version, and process ${pid} on ${host} is running ` +
      `${runId} in them. Nothing was changed.`,
    {
      runId,
      remedy:
        "Wait until that run has ended, or pause it with the version that runs it, then try again.",
    },
  );
}

/** Reverts every migration, newest first. All runs and results are deleted. */
export async function revertSchema(
  connection: Connection,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const ledger = await readLedger(connection);
  const applied = migrations.filter(({ number }) => ledger.some((row) => row.number === number));
  const downs = applied.toReversed().map(({ down }) => down);
  await connection.run({ text: ["BEGIN", ...downs, "COMMIT"].join(";\n") }, MIGRATION_MS);
}

// The statements of one text are one transaction, which a death in its midst rolls back.
async function apply(
  connection: Connection,
  server: Server,
  { number, name, up, sha256 }: Migration,
): Promise<void> {
  const row = `INSERT INTO axw.workflow_migrations (number, name, sha256, format, applied_at)
    VALUES (${number}, '${name}', '${sha256}', ${STORAGE_FORMAT}, axw.now_ms())`;
  try {
    await connection.run({ text: `BEGIN;\n${up};\n${row};\nCOMMIT` }, MIGRATION_MS);
  } catch (error) {
    await connection.run({ text: "ROLLBACK" }, MIGRATION_MS).catch(() => undefined);
    if ((error as { code?: unknown }).code === "42P06") throw taken(server);
    throw error;
  }
}

async function readLedger(connection: Connection): Promise<readonly LedgerRow[]> {
  const [found] = await connection.run(
    { text: "SELECT to_regclass('axw.workflow_migrations') IS NOT NULL AS has_ledger" },
    MIGRATION_MS,
  );
  if (found?.["has_ledger"] !== true) return [];
  const text = "SELECT number, sha256, format FROM axw.workflow_migrations ORDER BY number";
  return (await connection.run({ text }, MIGRATION_MS)) as unknown as readonly LedgerRow[];
}

// Refuses a database that this version does not know.
function missingOf(
  ledger: readonly LedgerRow[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const { number, sha256, format } of ledger) {
    const known = migrations.find((migration) => migration.number === number);
    if (known === undefined || format > STORAGE_FORMAT)
      throw newer(known === undefined ? `migration ${number}` : `format ${format}`);
    if (known.sha256 !== sha256) throw edited(known.name);
  }
  return migrations.filter(({ number }) => ledger.every((row) => row.number !== number));
}

function newer(what: string): WorkflowError {
  return new WorkflowError(
    "database_newer",
    `The database was written by a newer version: ${what} is unknown.`,
    { remedy: "Upgrade @automatosx/backend-postgres. The database was not changed." },
  );
}

function edited(name: string): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `Migration ${name} differs from the one that created this database.`,
    {
      remedy:
        "Use the version that created the database, or another database. " +
        "An applied migration must never be edited.",
    },
  );
}

function noTables({ name }: Server): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `${name} contains no runs: it has no tables of this program. It was not changed.`,
    {
      remedy: "Check the URL, or start a run in this database, which creates the tables.",
      suggestion: { action: "start_run" },
    },
  );
}

function older({ name }: Server): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `${name} was written by an older version, and is opened for reading only.`,
    { remedy: "Open it once for writing, with an engine of this version, which migrates it." },
  );
}

function taken({ name }: Server): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `${name} has a schema axw of another program, and this program needs the name. ` +
      "Nothing was changed.",
    { remedy: "Use another database." },
  );
}
