import { setTimeout as sleep } from "node:timers/promises";
import { openBare } from "../floor.ts";
import { atMost, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import { finish, independent, layered, openEngine, type Workflow } from "../workflows.ts";

const ROUNDS = 9;
const WARM_UP = 5;
const SLEEP_MS = 50;

/**
 * Measures steps that sleep, next to the same sleeps without an engine. Timers and the disk slow
 * both.
 */
export async function sleepRows(folder: string): Promise<Row[]> {
  return [...(await parallelRows(folder)), ...(await layeredRows(folder))];
}

async function parallelRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "parallel", "full", {
    none: () => sleep(SLEEP_MS, null),
  });
  for (let round = 0; round < WARM_UP; round += 1) await finish(engine, independent(100));
  const [bare, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await timed(() => Promise.all(Array.from({ length: 100 }, () => sleep(SLEEP_MS)))));
    ours.push(await timed(() => finish(engine, independent(100))));
  }
  return [
    atMost("parallel-100", median(ours) / SLEEP_MS, 1.1, {
      unit: "× one step",
      known: true,
      note: `the bare timers: ${shorten(median(bare) / SLEEP_MS)}×`,
      reason:
        "The bar leaves five ms for checking the definition, the first commit, starting 100 " +
        "agents, and writing 100 results.",
    }),
  ];
}

async function layeredRows(folder: string): Promise<Row[]> {
  const workflow = layered(10, 10);
  // Durations are spread over 1 to 40 ms, and are the same in every run.
  const msOf = new Map(workflow.steps.map(({ id }, index) => [id, 1 + ((index * 7919 + 13) % 40)]));
  const criticalMs = criticalPathMs(workflow, msOf);
  const agents = { none: ({ stepId }: { stepId: string }) => sleep(msOf.get(stepId) ?? 0, null) };
  await using engine = await openEngine(folder, "layers", "full", agents);
  await finish(engine, workflow);
  const [timers, bare, ours]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    timers.push(await timed(() => sleepThrough(workflow, msOf, () => undefined)));
    using database = openBare(folder, "full");
    bare.push(await timed(() => sleepThrough(workflow, msOf, () => database.write())));
    ours.push(await timed(() => finish(engine, workflow)));
  }
  const against = (times: readonly number[]): string => `${shorten(median(times) / criticalMs)}×`;
  return [
    atMost("layers", median(ours) / criticalMs, 1.05, {
      unit: "× critical path",
      note:
        `bare timers ${against(timers)}, with a bare transaction after each ${against(bare)}; ` +
        `critical path ${criticalMs} ms`,
      reason:
        "A hundred steps end at a hundred moments and need as many commits, and each holds the " +
        "one thread: the figure follows the bare transactions beside it.",
    }),
  ];
}

function criticalPathMs({ steps }: Workflow, msOf: ReadonlyMap<string, number>): number {
  const endOf = new Map<string, number>();
  // In this workflow, every step is listed after its dependencies.
  for (const { id, dependencies } of steps) {
    endOf.set(
      id,
      Math.max(0, ...dependencies.map((each) => endOf.get(each) ?? 0)) + (msOf.get(id) ?? 0),
    );
  }
  return Math.max(...endOf.values());
}

async function sleepThrough(
  { steps }: Workflow,
  msOf: ReadonlyMap<string, number>,
  atEnd: () => void,
): Promise<void> {
  const ends = new Map<string, Promise<void>>();
  for (const { id, dependencies } of steps) {
    const before = Promise.all(dependencies.map((each) => ends.get(each) ?? Promise.resolve()));
    ends.set(id, before.then(() => sleep(msOf.get(id) ?? 0)).then(atEnd));
  }
  await Promise.all(ends.values());
}
