import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteStorage, type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import { bareTransactionMs } from "../floor.ts";
import { atMost, type Row, type RowDetails, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { chain, finish, independent, step } from "../workflows.ts";

const ROUNDS = 15;
const CHAIN = 200;
const CHECKPOINT_STEPS = 500;
const PARALLEL = 50;
const PARALLEL_ROUNDS = 3;
const PARALLEL_STEP_MS = 100;

/** The plan's own targets: generous bars that only a defect would miss. */
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

  const [bare, starts]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 20));
    const startedAt = performance.now();
    const run = await engine.start({ ...chain(10), id: `initiation-${round}` });
    starts.push(performance.now() - startedAt);
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
  const row = (id: RowId, ms: number, limit: number): Row =>
    atMost(id, ms, limit, {
      ...plain,
      unit: " ms",
      note: `${shorten(ms / median(bare))} bare transactions`,
    });
  const rows = [
    row("plan-start", median(starts), 500),
    row("plan-step", stepMs, 100),
    row("plan-checkpoint", checkpointMs, 200),
    row("plan-write", median(writes), 10),
    atMost("plan-parallel", median(ratios), 1.5, plain),
  ];
  await engine.close();
  storage.close();
  return rows;
}

// Checkpoints a run that has completed 500 steps and has one more in flight.
async function timeCheckpoints(engine: WorkflowEngine): Promise<number[]> {
  const { steps } = independent(CHECKPOINT_STEPS);
  const ids = steps.map(({ id }) => id);
  const run = await engine.start({
    id: "checkpoints",
    steps: [...steps, step("last", ids, "slow")],
  });
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
