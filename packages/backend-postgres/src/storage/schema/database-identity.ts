import type { Connection, Server } from "../connection/connect.js";

/** How long a statement may take while a database is opened, in ms. */
const WAIT_MS = 30_000;

// The cluster and the database in it. Some hosts of PostgreSQL do not let users see the former.
const PLACE = `
  SELECT oid::text AS inode FROM pg_database WHERE datname = current_database()`;
const CLUSTER = "SELECT system_identifier::text AS device FROM pg_control_system()";

// A restored dump has another cluster or another database. The first engine fills in both.
const RENEW = `
  UPDATE axw.workflow_database SET device = $1, inode = $2,
    database_id = CASE WHEN device IS NULL THEN database_id
      ELSE replace(gen_random_uuid()::text, '-', '') END
  WHERE device IS DISTINCT FROM $1 OR inode IS DISTINCT FROM $2`;

/**
 * Returns the identity of an open database. Renews it if it is a copy: a copy must not treat the
 * processes of the original as its own. A database that is opened for reading is not changed.
 */
export async function databaseIdentity(connection: Connection, server: Server): Promise<string> {
  if (!server.readOnly) {
    const [place] = await connection.run({ text: PLACE }, WAIT_MS);
    const values = [await clusterOf(connection), place?.["inode"] ?? "unknown"];
    await connection.run({ text: RENEW, values }, WAIT_MS);
  }
  const [row] = await connection.run(
    { text: "SELECT database_id FROM axw.workflow_database WHERE only_row = 1" },
    WAIT_MS,
  );
  return String(row?.["database_id"]);
}

async function clusterOf(connection: Connection): Promise<string> {
  try {
    const [row] = await connection.run({ text: CLUSTER }, WAIT_MS);
    return (row?.["device"] ?? "unknown") as string;
  } catch {
    return "unknown";
  }
}
