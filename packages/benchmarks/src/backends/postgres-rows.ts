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
    reason: "A worker looks at expired leases every 0.5 to 1.5 seconds.",
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
    reason: "Both engines are in this process, and share its thread.",
  });
}

/** The time in which this many engines perform all runs. */
async function sharedMs(url: string, count: number): Promise<number> {
  const agents: AgentMap = {
    none: () => new Promise((resolve) => void setTimeout(resolve, AGENT_MS, null)),
  };
  await using client = await openOn(url);
  for (let run = 0; run < RUNS; run += 1) await client.engine.enqueue(chain(LENGTH));
  await using engines = new AsyncDisposableStack();
  const opened: WorkflowEngine[] = [];
  for (let at = 0; at < count; at += 1) opened.push(engines.use(await openOn(url, agents)).engine);
  let left = RUNS;
  return timed(
    () =>
      new Promise<void>((resolve) => {
        const onRun = (_: unknown, what: string): void => {
          if (what === "left" && --left === 0) resolve();
        };
        for (const engine of opened) engine.work({ slots: SLOTS, onRun });
      }),
  );
}
