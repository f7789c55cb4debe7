import pg from "pg";

/** The tables that have a row with this value in a column. */
export function tablesWith(url: string, value: string): Promise<readonly string[]> {
  return tablesWhere(url, (table) => ({
    text: `SELECT 1 FROM ${table} AS t, jsonb_each_text(to_jsonb(t)) AS c
      WHERE c.value = $1 LIMIT 1`,
    values: [value],
  }));
}

/** The tables that have a row with this text anywhere, also in the bytes of a column. */
export function tablesWithText(url: string, text: string): Promise<readonly string[]> {
  const hex = Buffer.from(text).toString("hex");
  return tablesWhere(url, (table) => ({
    text: `SELECT 1 FROM ${table} AS t WHERE t::text LIKE $1 OR t::text LIKE $2 LIMIT 1`,
    values: [`%${text}%`, `%${hex}%`],
  }));
}

async function tablesWhere(
  url: string,
  query: (table: string) => { readonly text: string; readonly values: readonly string[] },
): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { text, values } = query(name);
      const { rowCount } = await client.query(text, [...values]);
      if (rowCount !== 0) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}
