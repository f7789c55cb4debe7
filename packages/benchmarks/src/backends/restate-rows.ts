import path from "node:path";
import { RestateBackend, serveRestateWorker } from "@automatosx/backend-restate";
import { startRestate } from "@automatosx/test-servers/restate";
import { AgentError, type AgentRequest, prepareWorkflow } from "@automatosx/workflow";
import { atLeast, atMost, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import { type BareRestate, serveBareRestate } from "./restate-endpoint.ts";

const ROUNDS = 3;

/** How many steps of a run are in flight at once, where a run has more than this. */
const IN_FLIGHT = 200;

/** A fan of which every tenth step fails once, and is tried again after `BACKOFF_MS`. */
const SLEEPERS = 100;
const SLEEP_MS = 200;
const BACKOFF_MS = 100;
const IDEAL_MS = 2 * SLEEP_MS + BACKOFF_MS;

/** Runs workflows on a Restate server, and waits for their ends. */
interface Runner {
  run(steps: readonly object[], limits?: object): Promise<void>;
}

type Measured = readonly [bare: number[], own: number[]];

/** Measures runs on Restate, on a server and in a worker of their own. */
export async function restateRows(folder: string): Promise<Row[]> {
  await using server = await startRestate();
  await using bare = await serveBareRestate(server);
  await using worker = await serveRestateWorker({
    agents: { work },
    listen: "127.0.0.1:0",
    adminUrl: server.adminUrl,
    artifacts: path.join(folder, "artifacts"),
  });
  await using backend = await RestateBackend.open({
    ...{ url: server.ingressUrl, adminUrl: server.adminUrl },
  });
  const runner = runnerOf(backend);
  await runner.run(chainOf(20));
  await bare.chain({ count: 20, ms: 0 });
  const rows = [
    await chainRow(runner, bare),
    await manyRow("restate-20x50", [20, 50, 0.4], runner, bare),
    await manyRow("restate-100x5", [100, 5, 0.35], runner, bare),
    await fanRow(runner),
    await growthRow(runner),
  ];
  await worker.drain(1000);
  return rows;
}

/** Takes as long as its task says, and fails first if it says so. */
async function work({ task, attemptNumber }: AgentRequest): Promise<number> {
  const { ms = 0, fails = false } = JSON.parse(task) as { ms?: number; fails?: boolean };
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  if (fails && attemptNumber === 1) throw new AgentError("as planned");
  return 1;
}

function runnerOf(backend: RestateBackend): Runner {
  let runs = 0;
  return {
    async run(steps, limits = {}) {
      runs += 1;
      const id = `bench-${runs}`;
      await backend.start(prepareWorkflow({ id: "bench", name: "bench", limits, steps }), {
        runId: id,
      });
      // As the client of a bare workflow, it does not ask for the ending: the last entry has it.
      const last = await lastOf(backend.journal(id));
      if (last?.type !== "complete_workflow")
        throw new Error(`The run ended with ${last?.type}: ${last?.payload ?? "no entry"}.`);
    },
  };
}

async function lastOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  let last: T | undefined;
  for await (const item of items) last = item;
  return last;
}

const step = (index: number, more: object = {}): object => ({
  ...{ id: `s${index}`, agentId: "work", task: "{}", dependencies: [] },
  ...more,
});

const chainOf = (length: number): readonly object[] =>
  Array.from({ length }, (_, index) =>
    step(index, { dependencies: index === 0 ? [] : [`s${index - 1}`] }),
  );

const fanOf = (width: number): readonly object[] =>
  Array.from({ length: width }, (_, index) => step(index));

// Alternately, so that both see the same machine.
async function alternate(
  bare: () => Promise<unknown>,
  own: () => Promise<unknown>,
): Promise<Measured> {
  const measured: Measured = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    measured[0].push(await timed(bare));
    measured[1].push(await timed(own));
  }
  return measured;
}

const ratioOf = ([bare, own]: Measured): number =>
  median(own.map((ms, round) => (bare[round] ?? 0) / ms));

const noteOf = ([bare, own]: Measured, count: number): string =>
  `${shorten((1000 * count) / median(own))} steps/s, ` +
  `${shorten((1000 * count) / median(bare))} bare calls/s`;

const REASON =
  "Beside the calls, a run journals their keys, its inbox and the end of each segment, and its " +
  "rows are written to the state of the server.";

async function chainRow(runner: Runner, bare: BareRestate): Promise<Row> {
  const count = 200;
  const measured = await alternate(
    () => bare.chain({ count, ms: 0 }),
    () => runner.run(chainOf(count)),
  );
  return atLeast("restate-chain", ratioOf(measured), 0.7, {
    unit: " × bare workflow",
    note: noteOf(measured, count),
    reason: REASON,
  });
}

async function manyRow(
  id: "restate-20x50" | "restate-100x5",
  [runs, steps, bar]: readonly [runs: number, steps: number, bar: number],
  runner: Runner,
  bare: BareRestate,
): Promise<Row> {
  const isChain = id === "restate-100x5";
  const all = (one: () => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: runs }, one));
  const calls = { count: steps, ms: 0 };
  const measured = await alternate(
    () => all(() => (isChain ? bare.chain(calls) : bare.fan(calls))),
    () => all(() => runner.run(isChain ? chainOf(steps) : fanOf(steps))),
  );
  return atLeast(id, ratioOf(measured), bar, {
    unit: " × bare workflow",
    note: noteOf(measured, runs * steps),
    reason: REASON,
  });
}

async function fanRow(runner: Runner): Promise<Row> {
  const steps = Array.from({ length: SLEEPERS }, (_, index) =>
    step(index, {
      task: JSON.stringify({ ms: SLEEP_MS, fails: index % 10 === 0 }),
      retry: { max: 1, backoff: BACKOFF_MS, jitter: "none" },
    }),
  );
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(() => runner.run(steps)));
  return atMost("restate-fan-100", median(times) / IDEAL_MS, 1.6, {
    unit: " × ideal",
    note: `${shorten(median(times))} ms, ideal ${IDEAL_MS} ms`,
    reason: "The calls reach the worker over one connection, and their answers come one by one.",
  });
}

async function growthRow(runner: Runner): Promise<Row> {
  const perStep = async (width: number): Promise<number> =>
    (await timed(() => runner.run(fanOf(width), { concurrency: IN_FLIGHT }))) / width;
  const small = await perStep(2000);
  const large = await perStep(6000);
  return atMost("restate-growth", large / small, 1.3, {
    unit: " × the cost of a step",
    note: `${shorten(1 / small)} and ${shorten(1 / large)} steps/ms`,
    reason: "A segment ends after 500 events; the next one loads the state of all steps again.",
  });
}
