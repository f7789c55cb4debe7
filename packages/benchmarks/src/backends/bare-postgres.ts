import pg from "pg";

const ROW = "x".repeat(1024);

/** A connection that shows the cost of a durable row without an engine. */
export interface BarePostgres extends AsyncDisposable {
  /** Returns the time of one transaction that inserts one row of 1 KB, in ms. */
  transactionMs(count?: number): Promise<number>;
}

/** Connects to the database, and creates a table for its rows. */
export async function openBarePostgres(url: string): Promise<BarePostgres> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks fails the next query.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY, text text)");
  return {
    async transactionMs(count = 200) {
      const startedAt = performance.now();
      for (let row = 0; row < count; row += 1)
        await client.query({
          name: "floor",
          text: "INSERT INTO floor (text) VALUES ($1)",
          values: [ROW],
        });
      return (performance.now() - startedAt) / count;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
