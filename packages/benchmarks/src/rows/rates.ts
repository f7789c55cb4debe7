import { bareTransactionMs, type Durability, openBare, transactionMs } from "../floor.ts";
import { atLeast, atMost, BUSY, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { asYaml, chain, fanOutAndIn, finish, openEngine } from "../workflows.ts";

const ROUNDS = 5;

// Without disk waits, the figure depends on what V8 has compiled, which settles after this many
// runs.
const CHAIN_WARM_UP = 10;
const CHAIN_ROUNDS = 11;

const CHAINS = {
  full: {
    bar: 0.6,
    reason:
      "A step writes one page and syncs once, as a bare transaction does. The rest is two rows " +
      "with their hashes and the turn around them, which every wait for the disk leaves cold; " +
      "the faster the disk answers, the more it weighs.",
    slack: 2,
  },
  process: {
    bar: 0.35,
    reason:
      "Without the wait for the disk a bare transaction is an insert. A step's transaction " +
      "takes three fifths: two rows with their hashes, and a share of the log's checkpoints; " +
      "the rest is the turn of the event loop, transitions, JSON and garbage collection, none of " +
      "it above a tenth.",
    slack: 4,
  },
} as const;

/**
 * Measures a chain against bare transactions, alternately so that both see the same disk. Each uses
 * one file that has been written to before, because a growing file makes a bare transaction slower
 * when it waits for the disk, and faster when it does not.
 */
export async function chainRow(durability: Durability, folder: string): Promise<Row> {
  await using engine = await openEngine(folder, `chain-${durability}`, durability);
  using database = openBare(folder, durability);
  for (let round = 0; round < CHAIN_WARM_UP; round += 1) {
    transactionMs(database);
    await finish(engine, chain(1000));
  }
  const [bare, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < CHAIN_ROUNDS; round += 1) {
    bare.push(transactionMs(database));
    ours.push((await timed(() => finish(engine, chain(1000)))) / 1000);
  }
  const { bar, ...details } = CHAINS[durability];
  const ratio = median(ours.map((ms, round) => (bare[round] ?? 0) / ms));
  return atLeast(`chain-${durability}`, ratio, bar, {
    unit: " × bare transactions",
    note: `${shorten(median(ours))} ms a step, ${shorten(median(bare))} ms a bare transaction`,
    ...details,
  });
}

export async function fanRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "fan", "full");
  await finish(engine, fanOutAndIn(1000));
  const [bare, small, large]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 200));
    small.push((await timed(() => finish(engine, fanOutAndIn(1000)))) / 1002);
    large.push((await timed(() => finish(engine, fanOutAndIn(10_000)))) / 10_002);
  }
  const rate = (id: RowId, ms: number): Row =>
    atLeast(id, 1000 / ms, 20_000, {
      unit: " steps/s",
      slack: BUSY,
      note: `${shorten(median(bare) / ms)} × bare transactions`,
      reason:
        "The steps share a few transactions. By a profile a third is spent in those, a seventh " +
        "in garbage collection, the rest in checking the definition, JSON, transitions and hashes.",
    });
  return [
    rate("fan-1000", median(small)),
    rate("fan-10000", median(large)),
    atMost("fan-growth", median(large) / median(small), 1.3, {
      unit: "×",
      reason:
        "The larger run collects more garbage, and its one transaction outgrows the log before " +
        "a checkpoint of the log.",
    }),
  ];
}

const RUNS_BARS = { process: 3000, full: 1500 } as const;

export async function manyRunsRow(durability: Durability, folder: string): Promise<Row> {
  const text = asYaml(chain(5));
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
  const [bare, times]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, durability, 200));
    times.push(await timed(all));
  }
  return atLeast(`runs-${durability}`, 500_000 / median(times), RUNS_BARS[durability], {
    unit: " runs/s",
    slack: BUSY,
    note: `a step costs ${shorten(median(times) / 2500 / median(bare))} bare transactions`,
    reason:
      "Fifty runs share a transaction; the rest is the engine's own work on a run: its row, " +
      "its events, its lease.",
  });
}
