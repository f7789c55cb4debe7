import pg from "pg";

/** Runs `text` on the database, and returns the rows. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end();
  }
}

/** Removes all rows but those that migrations have created: quicker than another database. */
export async function emptyTables(url: string): Promise<void> {
  await query(url, "TRUNCATE axw.workflow_definitions, axw.workflow_artifacts CASCADE");
  await query(url, "TRUNCATE axw.workflow_journal");
}
