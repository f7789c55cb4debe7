import { bareTransactionMs, openBare, transactionMs } from "./floor.ts";
import { atLeast, atMost, BUSY, type Row, shorten } from "./row.ts";
import { median, timed } from "./statistics.ts";
import { asYaml, chain, fanOutAndIn, finish, openEngine } from "./workflows.ts";

const ROUNDS = 5;

// At the rate of memory what V8 has compiled so far decides: it takes this many runs until that settles.
const CHAIN_WARM_UP = 10;
const CHAIN_ROUNDS = 11;

/**
 * A chain against bare transactions, measured in turns so that both meet the same disk, and each in one file that has been
 * written to before: a file that grows makes a bare transaction slower where the disk is waited for, and faster where not.
 */
export async function chainRows(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { durability, bar, ...details } of [
    {
      durability: "full",
      bar: 0.6,
      reason:
        "A step writes one page and syncs once, as a bare transaction does. The rest is two rows with their hashes and the turn around them, which every wait for the disk leaves cold; the faster the disk answers, the more it weighs.",
    },
    {
      durability: "process",
      bar: 0.35,
      reason:
        "Without the wait for the disk a bare transaction is an insert. Three fifths of a step are its own transaction: two rows with their hashes, and its share of folding the log into the file; the rest is the turn of the event loop, transitions, JSON and garbage, nothing of it above a tenth.",
      slack: 4,
    },
  ] as const) {
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
    const note = `${shorten(median(ours))} ms a step, ${shorten(median(bare))} ms a bare transaction`;
    const ratio = median(ours.map((ms, round) => (bare[round] ?? 0) / ms));
    rows.push(
      atLeast(`chain of 1,000 steps, ${durability}`, ratio, bar, {
        unit: " × bare transactions",
        note,
        ...details,
      }),
    );
  }
  return rows;
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
  const details = {
    unit: " steps/s",
    slack: BUSY,
    reason:
      "The steps share a few transactions. By a profile a third is inside those, a seventh garbage collection, and the rest spread over checking the definition, JSON, transitions and hashes.",
  };
  const note = (ms: number): string => `${shorten(median(bare) / ms)} × bare transactions`;
  return [
    atLeast("fan-out 1→1,000→1", 1000 / median(small), 20_000, {
      ...details,
      note: note(median(small)),
    }),
    atLeast("fan-out 1→10,000→1", 1000 / median(large), 20_000, {
      ...details,
      note: note(median(large)),
    }),
    atMost("cost of a step at 10,000 against 1,000", median(large) / median(small), 1.3, {
      unit: "×",
      reason:
        "More garbage is collected in the larger run, and its one transaction is longer than the log before it is folded in.",
    }),
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
    const [bare, times]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(bareTransactionMs(folder, durability, 200));
      times.push(await timed(all));
    }
    rows.push(
      atLeast(`500 runs of 5 steps, 50 at once, ${durability}`, 500_000 / median(times), bar, {
        unit: " runs/s",
        slack: BUSY,
        note: `a step costs ${shorten(median(times) / 2500 / median(bare))} bare transactions`,
        reason:
          "Fifty runs share a transaction; the rest is the engine's own work on a run: its row, its events, its lease.",
      }),
    );
  }
  return rows;
}
