import { randomBytes } from "node:crypto";
import { fileIdentity } from "./file-identity.js";
import type { Database } from "./open-database.js";

interface IdentityRow {
  readonly databaseId: string;
  readonly device: string | null;
  readonly inode: string | null;
}

const SELECT =
  "SELECT database_id AS databaseId, device, inode FROM workflow_database WHERE only_row = 1";

const RENEW = `
  INSERT INTO workflow_database (only_row, database_id, device, inode) VALUES (1, ?, ?, ?)
  ON CONFLICT (only_row) DO UPDATE SET
    database_id = excluded.database_id, device = excluded.device, inode = excluded.inode`;

/**
 * Returns the identity of an open database. Renews it if the file is not the one that was recorded:
 * a copy must not treat the processes of the original as its own. A database in memory or opened
 * for reading is not changed.
 */
export function databaseIdentity(database: Database, path: string): string {
  const file = database.memory ? undefined : fileIdentity(path);
  const known = readIdentity(database);
  if (known !== undefined && isOf(known, file)) return known.databaseId;
  // An unrecorded identity is as good for a reader, which starts no process.
  if (database.readonly || file === undefined) return known?.databaseId ?? newIdentity();
  const renew = database.transaction((): string => {
    // Another process may have renewed it in the meantime.
    const now = readIdentity(database);
    if (now !== undefined && isOf(now, file)) return now.databaseId;
    const isFirst = now?.device === null;
    const databaseId = isFirst ? now.databaseId : newIdentity();
    database.prepare(RENEW).run(databaseId, file.device, file.inode);
    return databaseId;
  });
  return renew.immediate();
}

function readIdentity(database: Database): IdentityRow | undefined {
  return database.prepare<[], IdentityRow>(SELECT).get();
}

function isOf(row: IdentityRow, file: ReturnType<typeof fileIdentity>): boolean {
  return file !== undefined && row.device === file.device && row.inode === file.inode;
}

function newIdentity(): string {
  return randomBytes(16).toString("hex");
}
