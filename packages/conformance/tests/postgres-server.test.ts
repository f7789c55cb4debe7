import { startPostgres } from "@automatosx/test-servers/postgres";
import pg from "pg";
import { describe, expect, test } from "vitest";

// Takes seconds, and does not notice the death of the server meanwhile.
const BUSY = "SELECT count(*) FROM generate_series(1, 6000000) AS n WHERE n % 7 = 1";
const IS_BUSY = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = $1";

describe("startPostgres", () => {
  test("restarts a server that was killed while a connection was busy", async () => {
    await using server = await startPostgres();
    const connectionString = server.createDatabase();
    const [busy, observer] = [1, 2].map(() => new pg.Client({ connectionString }));
    if (busy === undefined || observer === undefined) throw new Error("no clients");
    for (const client of [busy, observer]) {
      client.on("error", () => undefined);
      await client.connect();
    }
    // Its process may still answer, or not.
    const answer = busy.query(BUSY).catch(() => undefined);
    await expect.poll(async () => (await observer.query(IS_BUSY, [BUSY])).rowCount).toBe(1);

    await server.kill();
    await server.restart();

    const again = new pg.Client({ connectionString });
    await again.connect();
    expect((await again.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await again.end();
    await answer;
    await Promise.allSettled([busy.end(), observer.end()]);
  }, 60_000);
});
