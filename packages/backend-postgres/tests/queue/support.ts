import {
  type AgentRequest,
  type EngineOptions,
  openSqliteStorage,
  type StoragePort,
  type WorkflowData,
  WorkflowEngine,
} from "@automatosx/workflow";
import pg from "pg";
import {
  type AttemptQueue,
  openAttemptQueue,
  type QueueWorker,
  type ServeOptions,
} from "../../src/index.js";

/** Waits until a condition is true. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const endAt = Date.now() + limitMs;
  while (!(await isTrue())) {
    if (Date.now() > endAt) throw new Error(`not true within ${limitMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A workflow of these steps; each has defaults for what it does not give. */
export function workflowOf(
  steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): WorkflowData {
  return {
    id: "queued",
    name: "queued",
    steps: Object.entries(steps).map(([id, rest]) => ({
      ...{ id, agentId: "worker", task: `do ${id}`, dependencies: [] },
      ...rest,
    })),
  };
}

export const nameOf = ({ stepId, attemptNumber }: AgentRequest): string =>
  `${stepId}#${attemptNumber}`;

/** An engine as a test opens it, with the way to its queue and the `stopMs` of agents there. */
type WorldEngineOptions = EngineOptions & { readonly stopMs?: number; readonly queueUrl?: string };

/** Engines on one SQLite database, whose agents are workers of one queue. */
export interface World extends AsyncDisposable {
  readonly url: string;
  readonly storage: StoragePort;
  /** An engine with a queue of its own; `agents` are performed by the engine itself. */
  engine(options?: WorldEngineOptions): Promise<{ engine: WorkflowEngine; queue: AttemptQueue }>;
  /** A worker with a queue of its own. */
  worker(options: ServeOptions): Promise<{ queue: AttemptQueue; worker: QueueWorker }>;
  /** How many attempts the workers perform. */
  running(): number;
  /** How many jobs wait or are active. */
  countJobs(): Promise<number>;
  /** Every row of the queue as text. */
  dump(): Promise<string>;
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export function worldOn(url: string): World {
  const storage = openSqliteStorage({ path: ":memory:" });
  const closing: (() => Promise<unknown>)[] = [];
  const workers: QueueWorker[] = [];
  const open = async (queueUrl = url): Promise<AttemptQueue> => {
    const queue = await openAttemptQueue({ url: queueUrl, heartbeatMs: 10_000 });
    closing.unshift(() => queue.close());
    return queue;
  };
  const query: World["query"] = async (text) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    ...{ url, storage, query },
    async engine({ agents, stopMs, queueUrl, ...options } = {}) {
      const queue = await open(queueUrl);
      const queued = queue.agentFor("*", stopMs === undefined ? {} : { stopMs });
      // The performer of `run` steps is built in unless an agent has its name.
      const all = { "*": queued, "@run": queued, ...agents };
      const engine = await WorkflowEngine.open({ storage, agents: all, ...options });
      closing.unshift(() => engine.close());
      return { engine, queue };
    },
    async worker(options) {
      const queue = await open();
      const worker = await queue.serve(options);
      workers.push(worker);
      return { queue, worker };
    },
    running: () => workers.reduce((sum, worker) => sum + worker.running, 0),
    async countJobs() {
      const [row] = await query(
        "SELECT count(*)::int AS jobs FROM axw_pgboss.job WHERE state <= 'active'",
      );
      return row?.["jobs"] as number;
    },
    async dump() {
      const tables = ["axw_pgboss.job", "axw_queue.contents", "axw_queue.attempt_logs"];
      const rows = await Promise.all(tables.map((table) => query(`SELECT * FROM ${table}`)));
      return JSON.stringify(rows);
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
      storage.close();
    },
  };
}

/** The failures in the journal of a run, as step and reason. */
export function failuresOf(storage: StoragePort, runId: string): readonly (readonly unknown[])[] {
  return [...storage.readJournal(runId)]
    .filter(({ type }) => type === "step_failed")
    .map(({ stepId, payload }) => [stepId, (JSON.parse(payload) as { reason: string }).reason]);
}
