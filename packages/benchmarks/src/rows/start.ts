import { bareTransactionMs } from "../floor.ts";
import { atMost, BUSY, type Row, shorten } from "../row.ts";
import { median } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { asYaml, chain, openEngine } from "../workflows.ts";

const ROUNDS = 9;

/**
 * The bar in ms, and the number of rounds until V8 has compiled the YAML reader and times settle.
 */
const SIZES = {
  10: { bar: 3, warmUp: 150 },
  1000: { bar: 60, warmUp: 15 },
} as const;

/** Measures the time from text that the engine has not seen to the first agent call. */
export function startRow(steps: keyof typeof SIZES, folder: string): Promise<Row> {
  return measureStart(`start-${steps}`, SIZES[steps], folder, (round) =>
    asYaml(chain(steps, `chain-${steps}-${round}`)),
  );
}

/** The same for steps with a condition and two values in their task. */
export function startWithExpressionsRow(folder: string): Promise<Row> {
  return measureStart("start-expressions", SIZES[1000], folder, withExpressions);
}

function withExpressions(round: number): string {
  const steps = Array.from({ length: 1000 }, (_, index) =>
    [
      `  - id: s${index}`,
      "    agentId: none",
      `    if: inputs.deep && inputs.name != 'x${index}'`,
      `    task: "Do \${{ inputs.name + '-${index}' }}, \${{ if(inputs.deep, 'deep', 'flat') }}"`,
      `    dependencies: [${index === 0 ? "" : `s${index - 1}`}]`,
    ].join("\n"),
  );
  const inputs =
    "inputs: { deep: { type: boolean, default: true }, name: { type: string, default: x } }";
  return `id: expressions-${round}\n${inputs}\nsteps:\n${steps.join("\n")}\n`;
}

async function measureStart(
  id: RowId,
  { bar, warmUp }: (typeof SIZES)[keyof typeof SIZES],
  folder: string,
  textOf: (round: number) => string,
): Promise<Row> {
  let entered = (): void => undefined;
  const none = (): Promise<null> => {
    entered();
    return Promise.resolve(null);
  };
  await using engine = await openEngine(folder, id, "full", { none });
  const measure = async (round: number): Promise<{ ms: number; ownMs: number }> => {
    // The text differs each time, because the engine caches parsed workflows.
    const text = textOf(round);
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
  for (let round = 0; round < warmUp; round += 1) await measure(-1 - round);
  const [bare, times, own]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 50));
    const { ms, ownMs } = await measure(round);
    times.push(ms);
    own.push(ownMs);
  }
  return atMost(id, median(times), bar, {
    unit: " ms",
    slack: BUSY,
    diskTook: median(bare),
    note:
      `${shorten(median(own))} ms of this thread's own; ` +
      `a bare transaction ${shorten(median(bare))} ms`,
    reason:
      "Reading YAML with the place of every value, checking it, and the commit of the run's " +
      "beginning with its definition.",
  });
}
