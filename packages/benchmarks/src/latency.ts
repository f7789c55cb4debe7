import { bareTransactionMs } from "./floor.ts";
import { atMost, BUSY, type Row, shorten } from "./row.ts";
import { median } from "./statistics.ts";
import { asYaml, chain, openEngine } from "./workflows.ts";

const ROUNDS = 9;

/** From text that was never seen to the first agent entered. */
export async function initiationRows(folder: string): Promise<Row[]> {
  let entered = (): void => undefined;
  const none = (): Promise<null> => {
    entered();
    return Promise.resolve(null);
  };
  await using engine = await openEngine(folder, "initiation", "full", { none });
  const measure = async (steps: number, round: number): Promise<number> => {
    // A text of its own each time: the engine remembers those that it has parsed.
    const text = asYaml(chain(steps, `chain-${steps}-${round}`));
    const first = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const startedAt = performance.now();
    const run = await engine.start(text);
    await first;
    const ms = performance.now() - startedAt;
    await run.cancel();
    await run.ending;
    return ms;
  };
  const rows: Row[] = [];
  for (const [steps, bar] of [
    [10, 3],
    [1000, 60],
  ] as const) {
    for (let round = 0; round < 5; round += 1) await measure(steps, -1 - round);
    const [bare, times]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(bareTransactionMs(folder, "full", 50));
      times.push(await measure(steps, round));
    }
    rows.push(
      atMost(`text to first agent, ${steps.toLocaleString("en-US")} steps`, median(times), bar, {
        unit: " ms",
        slack: BUSY,
        diskTook: median(bare),
        note: `${shorten(median(times) / median(bare))} bare transactions`,
        reason: "Reading YAML with the place of every value, checking it, and the commit of the run's beginning with its definition.",
      }),
    );
  }
  return rows;
}
