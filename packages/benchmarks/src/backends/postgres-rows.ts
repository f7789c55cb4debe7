import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openPostgresStorage } from "@automatosx/backend-postgres";
import { startPostgres } from "@automatosx/test-servers/postgres";
import { type AgentMap, WorkflowEngine } from "@automatosx/workflow";
import { atLeast, atMost, BUSY, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import { chain, fanOutAndIn, finish } from "../workflows.ts";
import { type BarePostgres, openBarePostgres } from "./bare-postgres.ts";

const ROUNDS = 5;
const CHAIN = 200;
const FAN = 1000;

/** The lease of the takeover: the shortest that an engine accepts. */
const LEASE_MS = 2000;
const TAKEOVERS = 3;

/** What two engines share: runs of `LENGTH` agents, each of which takes `AGENT_MS`. */
const RUNS = 48;
const LENGTH = 5;
const AGENT_MS = 50;
const SLOTS = 4;
const POLL_MS = 20;
const WORKER = fileURLToPath(new URL("../../scripts/postgres-worker-child.mjs", import.meta.url));

const NONE: AgentMap = { none: () => Promise.resolve(null) };

interface PostgresEngine extends AsyncDisposable {
  readonly engine: WorkflowEngine;
}

/** Measures the engine on PostgreSQL, on a server of its own that syncs each commit to disk. */
export async function postgresRows(): Promise<Row[]> {
  await using server = await startPostgres({ durable: true });
  const [rates, takeover, ratio] = [
    await rateRows(server.createDatabase()),
    await takeoverRow(server.createDatabase()),
    await twoEnginesRow(() => server.createDatabase()),
  ];
  return [...rates, takeover, ratio];
}

async function openOn(url: string, agents: AgentMap = NONE): Promise<PostgresEngine> {
  const storage = await openPostgresStorage({ url });
  const engine = await WorkflowEngine.open({ storage, agents, leaseMs: LEASE_MS });
  return {
    engine,
    async [Symbol.asyncDispose]() {
      await engine.close();
      storage.close();
    },
  };
}

// Alternately, so that both see the same disk.
async function rateRows(url: string): Promise<Row[]> {
  await using own = await openOn(url);
  await using bare: BarePostgres = await openBarePostgres(url);
  await finish(own.engine, chain(CHAIN));
  await finish(own.engine, fanOutAndIn(FAN));
  await bare.transactionMs();
  const [transactions, chains, fans]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    transactions.push(await bare.transactionMs());
    chains.push((await timed(() => finish(own.engine, chain(CHAIN)))) / CHAIN);
    fans.push((await timed(() => finish(own.engine, fanOutAndIn(FAN)))) / (FAN + 2));
  }
  const ratioOf = (steps: readonly number[]): number =>
    median(steps.map((ms, round) => (transactions[round] ?? 0) / ms));
  const noteOf = (steps: readonly number[]): string =>
    `${shorten(median(steps))} ms a step, ${shorten(median(transactions))} ms a bare transaction`;
  return [
    atLeast("postgres-chain", ratioOf(chains), 0.25, {
      unit: " × bare transactions",
      note: noteOf(chains),
      reason: "A step waits for one call of the server, which writes two rows with their hashes.",
    }),
    atLeast("postgres-fan-1000", ratioOf(fans), 0.8, {
      unit: " × bare transactions",
      note: noteOf(fans),
      reason: "The steps share a few transactions, as on SQLite.",
    }),
  ];
}

/**
 * The time from the last renewal of an owner that cannot be seen to the first agent of its
 * successor.
 */
async function takeoverRow(url: string): Promise<Row> {
  const times: number[] = [];
  let started = (): void => undefined;
  const agents: AgentMap = {
    none: () => {
      started();
      return Promise.resolve(null);
    },
  };
  for (let round = 0; round < TAKEOVERS; round += 1) {
    await using own = await openOn(url, agents);
    const { engine } = own;
    const { id: runId } = await engine.enqueue(chain(1));
    const owner = {
      ownerId: `far-${round}`,
      host: "far",
      machine: "far",
      pid: 1,
      processStart: "",
    };
    const startedAt = performance.now();
    const now = Date.now();
    engine.storage.acquireLease({
      ...{ runId, owner, now, leaseUntil: now + LEASE_MS, isDead: () => false },
    });
    const entered = new Promise<void>((resolve) => {
      started = resolve;
    });
    const work = engine.work({ slots: 1 });
    await entered;
    times.push(performance.now() - startedAt);
    await work.drain(1000);
  }
  return atMost("postgres-takeover", median(times) - LEASE_MS, 1000, {
    unit: " ms after the lease",
    slack: BUSY,
    reason: "A worker looks at expired leases every 0.5 to 1 seconds.",
  });
}

async function twoEnginesRow(createDatabase: () => string): Promise<Row> {
  const [alone, together]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    alone.push(await sharedMs(createDatabase(), 1));
    together.push(await sharedMs(createDatabase(), 2));
  }
  const ratio = median(alone.map((ms, round) => ms / (together[round] ?? ms)));
  return atLeast("postgres-two-engines", ratio, 1.6, {
    unit: " × one engine",
    note: `${shorten(median(alone))} ms alone, ${shorten(median(together))} ms together`,
    reason: "Two engines need two processors, and a server that has time for both.",
  });
}

/** The time in which this many engines, each in a process of its own, perform all runs. */
async function sharedMs(url: string, count: number): Promise<number> {
  await using client = await openOn(url);
  for (let run = 0; run < RUNS; run += 1) await client.engine.enqueue(chain(LENGTH));
  const settings = [WORKER, url, String(SLOTS), String(AGENT_MS)];
  const workers = Array.from({ length: count }, () =>
    spawn(process.execPath, settings, { stdio: ["pipe", "pipe", "inherit"] }),
  );
  try {
    await Promise.all(workers.map(({ stdout }) => once(stdout, "data")));
    // Awaited here, because the client is closed when this function returns.
    return await timed(async () => {
      for (const { stdin } of workers) stdin.write("go\n");
      while (client.engine.getStats().completed < RUNS)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    });
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
  }
}
