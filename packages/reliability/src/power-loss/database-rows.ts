import Database from "better-sqlite3";

/** Rows of a database as text, by table and key. */
export type Rows = ReadonlyMap<string, ReadonlyMap<string, string>>;

// Only columns that are written once and never change; of a run's row, those set when it starts.
const QUERIES: Readonly<Record<string, string>> = {
  workflow_definitions: `SELECT hash AS key,
      concat_ws('|', name, version, source, definition, hex(row_hash)) AS row
    FROM workflow_definitions`,
  workflow_runs: `SELECT run_id AS key,
      concat_ws('|', definition_hash, inputs, context, created_at, hex(origin_hash)) AS row
    FROM workflow_runs`,
  workflow_events: `SELECT seq AS key,
      concat_ws('|', run_id, type, at, coalesce(step_id, '-'), coalesce(attempt_number, '-'),
        payload, hex(hash)) AS row
    FROM workflow_events ORDER BY seq`,
  workflow_checkpoints: `SELECT checkpoint_id AS key,
      concat_ws('|', seq, kind, coalesce(name, '-'), coalesce(parent_checkpoint_id, '-'),
        payload, sha256) AS row
    FROM workflow_checkpoints`,
};

/**
 * Opens a database file as after a crash and reads its rows. Returns an empty map if the tables do
 * not exist yet.
 */
export function readRows(path: string): Rows {
  const database = new Database(path);
  try {
    const isMigrated =
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'workflow_step_logs'").get() !==
      undefined;
    if (!isMigrated) return new Map();
    return new Map(
      Object.entries(QUERIES).map(([table, query]) => {
        const rows = database.prepare<[], { key: unknown; row: string }>(query).all();
        return [table, new Map(rows.map(({ key, row }) => [String(key), row]))];
      }),
    );
  } finally {
    database.close();
  }
}

/**
 * Finds gaps in the journal, and rows that differ from `final`, the rows of the undisturbed run.
 */
export function wrongRows(rows: Rows, final: Rows): string[] {
  const wrong: string[] = [];
  for (const [table, found] of rows) {
    for (const [key, row] of found)
      if (final.get(table)?.get(key) !== row)
        wrong.push(`${table} ${key} differs from what was written`);
  }
  const events = rows.get("workflow_events") ?? new Map<string, string>();
  if (events.size > 0 && !events.has(String(events.size))) wrong.push("the journal has a gap");
  return wrong;
}
