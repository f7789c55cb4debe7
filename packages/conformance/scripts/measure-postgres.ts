// Measures what a step costs on PostgreSQL, for docs/internals/scale.md: rows, bytes on disk, bytes
// of log and transactions. Workflows are chains of 20 steps with results of 5 KB and a chunk of log
// of 2 KB for each step, texts that cannot be compressed.
import { randomBytes } from "node:crypto";
import { openPostgresStorage } from "@automatosx/backend-postgres";
import { startPostgres } from "@automatosx/test-servers/postgres";
import { WorkflowEngine } from "@automatosx/workflow";
import pg from "pg";

const STEPS = 20;
const RUNS = 50;
/** A text of this length that PostgreSQL cannot compress. */
const text = (length: number): string => randomBytes(length).toString("base64").slice(0, length);

const workflow = {
  id: "chain",
  steps: Array.from({ length: STEPS }, (_, index) => ({
    id: `s${index}`,
    agentId: "any",
    task: "work",
    dependencies: index === 0 ? [] : [`s${index - 1}`],
  })),
};

interface Counts {
  readonly transactions: number;
  readonly logBytes: number;
  readonly bytes: ReadonlyMap<string, number>;
  readonly rows: ReadonlyMap<string, number>;
}

async function measure(url: string, atOnce: number): Promise<void> {
  const storage = await openPostgresStorage({ url, create: true });
  const engine = await WorkflowEngine.open({
    storage,
    agents: {
      "*": async ({ log }) => {
        log(text(2000));
        return text(5000);
      },
    },
  });
  const before = await countAll(url);
  const began = performance.now();
  for (let done = 0; done < RUNS; done += atOnce)
    await Promise.all(
      Array.from({ length: atOnce }, async () => (await engine.start(workflow)).ending),
    );
  const seconds = (performance.now() - began) / 1000;
  await engine.close();
  storage.close();
  const after = await countAll(url);
  const steps = RUNS * STEPS;
  const perStep = (value: number): string => (value / steps).toFixed(2);
  print(
    `${RUNS} runs of ${STEPS} steps, ${atOnce} at once: ${(steps / seconds).toFixed(0)} steps/s`,
  );
  print(`  transactions per step: ${perStep(after.transactions - before.transactions)}`);
  print(`  bytes of write-ahead log per step: ${perStep(after.logBytes - before.logBytes)}`);
  for (const [table, bytes] of after.bytes) {
    const grown = bytes - (before.bytes.get(table) ?? 0);
    const rows = (after.rows.get(table) ?? 0) - (before.rows.get(table) ?? 0);
    if (rows > 0) print(`  ${table}: ${perStep(rows)} rows and ${perStep(grown)} bytes per step`);
  }
}

async function countAll(url: string): Promise<Counts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // What a session has done is added to the statistics when it ends, or after a while.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const one = async (sql: string): Promise<number> => {
    const { rows } = await client.query<{ value: string }>(sql);
    return Number(rows[0]?.value);
  };
  const transactions = await one(
    "SELECT xact_commit AS value FROM pg_stat_database WHERE datname = current_database()",
  );
  const logBytes = await one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS value");
  const bytes = new Map<string, number>();
  const rows = new Map<string, number>();
  const tables = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_stat_user_tables WHERE schemaname = 'axw' ORDER BY 1",
  );
  for (const { name } of tables.rows) {
    bytes.set(name, await one(`SELECT pg_total_relation_size('axw.${name}') AS value`));
    rows.set(name, await one(`SELECT count(*) AS value FROM axw.${name}`));
  }
  await client.end();
  return { transactions, logBytes, bytes, rows };
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** How many queries an idle worker makes, alone and while another engine commits. */
async function measureIdleWorkers(url: string, workers: number): Promise<void> {
  const opened = await Promise.all(
    Array.from({ length: workers }, async () => {
      const storage = await openPostgresStorage({ url, create: true });
      const engine = await WorkflowEngine.open({ storage, agents: { "*": () => null } });
      engine.work({ slots: 10 });
      return { storage, engine };
    }),
  );
  const writer = await openPostgresStorage({ url });
  const engine = await WorkflowEngine.open({ storage: writer, agents: { "*": () => "done" } });
  const rate = async (action: () => Promise<unknown>): Promise<number> => {
    const before = await countAll(url);
    const began = performance.now();
    await action();
    const seconds = (performance.now() - began) / 1000;
    const after = await countAll(url);
    return (after.transactions - before.transactions) / seconds;
  };
  const alone = await rate(() => new Promise((resolve) => setTimeout(resolve, 5000)));
  const busy = await rate(async () => {
    for (let done = 0; done < RUNS; done += 1) await (await engine.start(workflow)).ending;
  });
  print(
    `${workers} idle workers: ${alone.toFixed(1)} transactions a second; ` +
      `while an engine executes one run after the other: ${busy.toFixed(0)}`,
  );
  await engine.close();
  writer.close();
  for (const { engine, storage } of opened) {
    await engine.close();
    storage.close();
  }
}

await using server = await startPostgres({ durable: true });
for (const atOnce of [1, 25]) await measure(server.createDatabase(), atOnce);
for (const workers of [0, 1, 4]) await measureIdleWorkers(server.createDatabase(), workers);
