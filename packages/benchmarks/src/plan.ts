import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteStorage, type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import { bareTransactionMs } from "./floor.ts";
import { atMost, type Row, type RowDetails, shorten } from "./row.ts";
import { median, timed } from "./statistics.ts";
import { chain, finish, independent, step } from "./workflows.ts";

const ROUNDS = 15;
const CHAIN = 200;
const CHECKPOINT_STEPS = 500;
const PARALLEL = 50;
const PARALLEL_ROUNDS = 3;
const PARALLEL_STEP_MS = 100;

/** What the plan of this phase asks for: wide bars, missed by nothing but a mistake. */
export async function planRows(folder: string): Promise<Row[]> {
  const writes: number[] = [];
  const storage = timeCommits(
    openSqliteStorage({ path: path.join(folder, "plan.db"), durability: "full" }),
    writes,
  );
  await using engine = await WorkflowEngine.open({
    storage,
    agents: { none: () => null, slow: () => sleep(PARALLEL_STEP_MS, null) },
  });
  await finish(engine, chain(5));
  writes.length = 0;

  const [bare, initiation]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 20));
    const startedAt = performance.now();
    const run = await engine.start({ ...chain(10), id: `initiation-${round}` });
    initiation.push(performance.now() - startedAt);
    await run.ending;
  }
  const stepMs = (await timed(() => finish(engine, chain(CHAIN)))) / CHAIN;
  const ratios: number[] = [];
  for (let round = 0; round < PARALLEL_ROUNDS; round += 1) {
    const one = await timed(() => finish(engine, independent(1, "slow")));
    ratios.push((await timed(() => finish(engine, independent(PARALLEL, "slow")))) / one);
  }
  const checkpointMs = median(await timeCheckpoints(engine));
  const plain: RowDetails = { unit: "×", reason: "Something waits that need not.", slack: 1 };
  const inMs = (ms: number): RowDetails => ({
    ...plain,
    unit: " ms",
    note: `${shorten(ms / median(bare))} bare transactions`,
  });
  const row = (what: string, ms: number, limit: number): Row =>
    atMost(`plan: ${what}`, ms, limit, inMs(ms));
  const rows = [
    row("workflow initiation", median(initiation), 500),
    row("step overhead", stepMs, 100),
    row("checkpoint creation", checkpointMs, 200),
    row("database write", median(writes), 10),
    atMost(`plan: ${PARALLEL} parallel steps against one`, median(ratios), 1.5, plain),
  ];
  await engine.close();
  storage.close();
  return rows;
}

// Checkpoints of a run that has finished 500 steps and waits for one more.
async function timeCheckpoints(engine: WorkflowEngine): Promise<number[]> {
  const { steps } = independent(CHECKPOINT_STEPS);
  const last = step(
    "last",
    steps.map(({ id }) => id),
    "slow",
  );
  const run = await engine.start({ id: "checkpoints", steps: [...steps, last] });
  for await (const event of run.events())
    if (event.type === "step_started" && event.stepId === "last") break;
  const times: number[] = [];
  while (times.length < ROUNDS && run.state !== "completed") {
    const startedAt = performance.now();
    await run.checkpoint(`number-${times.length}`);
    times.push(performance.now() - startedAt);
  }
  await run.ending;
  return times;
}

function timeCommits(storage: StoragePort, times: number[]): StoragePort {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (name !== "commit") return member.bind(target);
      return (commit: Parameters<StoragePort["commit"]>[0]): void => {
        const startedAt = performance.now();
        target.commit(commit);
        times.push(performance.now() - startedAt);
      };
    },
  });
}
