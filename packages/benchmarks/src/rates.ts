import { floorRate } from "./floor.ts";
import { atLeast, atMost, type Row } from "./row.ts";
import { median, timed } from "./statistics.ts";
import { asYaml, chain, fanOutAndIn, finish, independent, openEngine } from "./workflows.ts";

const ROUNDS = 3;
const SLEEP_MS = 50;

/** A chain against bare transactions, measured in turns so that both meet the same disk. */
export async function chainRows(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [durability, bar] of [
    ["full", 0.6],
    ["process", 0.35],
  ] as const) {
    await using engine = await openEngine(folder, `chain-${durability}`, durability);
    await finish(engine, chain(200));
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const floor = floorRate(folder, `floor-${durability}-${round}`, durability, 1000);
      const ms = await timed(() => finish(engine, chain(1000)));
      ratios.push(1_000_000 / ms / floor);
    }
    rows.push(atLeast(`chain of 1,000 steps, ${durability}`, median(ratios), bar, " × bare transactions"));
  }
  return rows;
}

export async function fanRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "fan", "full");
  await finish(engine, fanOutAndIn(1000));
  const [small, large]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    small.push((await timed(() => finish(engine, fanOutAndIn(1000)))) / 1002);
    large.push((await timed(() => finish(engine, fanOutAndIn(10_000)))) / 10_002);
  }
  return [
    atLeast("fan-out 1→1,000→1", 1000 / median(small), 20_000, " steps/s"),
    atLeast("fan-out 1→10,000→1", 1000 / median(large), 20_000, " steps/s"),
    atMost("cost of a step at 10,000 against 1,000", median(large) / median(small), 1.3, "×"),
  ];
}

export async function manyRunsRows(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  const text = asYaml(chain(5));
  for (const [durability, bar] of [
    ["process", 3000],
    ["full", 1500],
  ] as const) {
    await using engine = await openEngine(folder, `runs-${durability}`, durability);
    const all = (): Promise<unknown> => {
      let left = 500;
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await finish(engine, text);
        }
      };
      return Promise.all(Array.from({ length: 50 }, worker));
    };
    await all();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(all));
    rows.push(atLeast(`500 runs of 5 steps, 50 at once, ${durability}`, 500_000 / median(times), bar, " runs/s"));
  }
  return rows;
}

export async function parallelRows(folder: string): Promise<Row[]> {
  const sleep = (): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), SLEEP_MS));
  await using engine = await openEngine(folder, "parallel", "full", { none: sleep });
  await finish(engine, independent(100));
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) times.push(await timed(() => finish(engine, independent(100))));
  return [atMost("100 parallel steps of 50 ms", median(times) / SLEEP_MS, 1.1, "× one step")];
}

/** With `--full`: what a hundred thousand steps take, and how that grows from ten thousand. */
export async function hugeRows(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, make] of [
    ["independent steps", independent],
    ["steps in a chain", chain],
  ] as const) {
    await using engine = await openEngine(folder, `huge-${what.length}`, "full");
    await finish(engine, make(1000));
    const small = await timed(() => finish(engine, make(10_000)));
    const large = await timed(() => finish(engine, make(100_000)));
    rows.push(atMost(`100,000 ${what}`, large / 1000, 60, " s"));
    rows.push(atMost(`100,000 ${what} against 10,000`, large / small, 12, "×"));
  }
  // The most that the process ever held, the other rows included.
  rows.push(atMost("memory at its most, of the process that ran all of the above", process.resourceUsage().maxRSS / 1_048_576, 1, " GB"));
  return rows;
}
