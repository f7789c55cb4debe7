import { hostname } from "node:os";
import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listWorkers, openAttemptQueue, registerWorker } from "../../src/index.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

const OFFER = { version: "1.2.3", agents: { claude: 2, "*": 1 }, runs: 4 };

describe("the list of workers", () => {
  test("is empty in a database without a queue, which it leaves unchanged", async () => {
    const url = server.createDatabase();
    expect(await listWorkers(url)).toEqual([]);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query("SELECT nspname FROM pg_namespace WHERE nspname ~ 'axw'");
    await client.end();
    expect(rows).toEqual([]);
  });

  test("has what each worker offers, until it is closed", async () => {
    const url = server.createDatabase();
    const registration = await registerWorker(url, OFFER);
    await using other = await registerWorker(url, { version: "1.2.3", agents: {}, runs: 1 });
    const listed = await listWorkers(url);
    expect(listed).toEqual([
      {
        ...OFFER,
        workerId: registration.workerId,
        ...{ host: hostname(), pid: process.pid, seenAt: expect.any(Number) },
      },
      expect.objectContaining({ workerId: other.workerId, runs: 1 }),
    ]);
    expect(Math.abs((listed[0]?.seenAt ?? 0) - Date.now())).toBeLessThan(5000);
    await registration.close();
    expect((await listWorkers(url)).map(({ workerId }) => workerId)).toEqual([other.workerId]);
  });

  test("does not have a worker that has been silent for 30 seconds", async () => {
    const url = server.createDatabase();
    const pool = new pg.Pool({ connectionString: url });
    await using registration = await registerWorker(pool, OFFER);
    expect(await listWorkers(pool)).toHaveLength(1);
    const age = "UPDATE axw_queue.workflow_workers SET seen_at = now() - interval '31 s'";
    await pool.query(age);
    expect(await listWorkers(pool)).toEqual([]);
    await registration.close();
    await pool.end();
  });
});

describe("a database that cannot be reached", () => {
  const url = "postgres://axw:s3cret-word@127.0.0.1:1/none";

  test.each([
    ["openAttemptQueue", () => openAttemptQueue({ url })],
    ["registerWorker", () => registerWorker(url, OFFER)],
    ["listWorkers", () => listWorkers(url)],
  ])("makes %s fail with a reason that does not contain the password", async (_, call) => {
    const error = await call().then(
      () => undefined,
      (error: Error & { code?: string }) => error,
    );
    expect(error).toMatchObject({
      code: "database_busy",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(`${error?.message} ${error?.stack} ${String(error?.cause)}`).not.toContain(
      "s3cret-word",
    );
  });
});
