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
  const measure = async (steps: number, round: number): Promise<{ ms: number; ownMs: number }> => {
    // A text of its own each time: the engine remembers those that it has parsed.
    const text = asYaml(chain(steps, `chain-${steps}-${round}`));
    const first = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const startedAt = performance.now();
    const before = process.threadCpuUsage();
    const run = await engine.start(text);
    await first;
    const ms = performance.now() - startedAt;
    const { user, system } = process.threadCpuUsage(before);
    await run.cancel();
    await run.ending;
    return { ms, ownMs: (user + system) / 1000 };
  };
  const rows: Row[] = [];
  // Warm: V8 has compiled what it will. Until then reading YAML goes on becoming faster.
  for (const [steps, bar, warmUp] of [
    [10, 3, 150],
    [1000, 60, 15],
  ] as const) {
    for (let round = 0; round < warmUp; round += 1) await measure(steps, -1 - round);
    const [bare, times, own]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(bareTransactionMs(folder, "full", 50));
      const { ms, ownMs } = await measure(steps, round);
      times.push(ms);
      own.push(ownMs);
    }
    rows.push(
      atMost(`text to first agent, ${steps.toLocaleString("en-US")} steps`, median(times), bar, {
        unit: " ms",
        slack: BUSY,
        diskTook: median(bare),
        note: `${shorten(median(own))} ms of this thread's own; a bare transaction ${shorten(median(bare))} ms`,
        reason:
          "Reading YAML with the place of every value, checking it, and the commit of the run's beginning with its definition.",
      }),
    );
  }
  return rows;
}
