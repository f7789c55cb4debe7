import { atMost, BUSY, type Row, shorten } from "../row.ts";
import { median } from "../statistics.ts";
import { openEngine } from "../workflows.ts";

const STEPS = 1000;
const ROUNDS = 9;
const WARM_UP = 15;

/**
 * Measures the time from text that the engine has not seen to the first agent call, for steps with
 * three expressions each.
 */
export async function startExpressionsRow(folder: string): Promise<Row> {
  let entered = (): void => undefined;
  const none = (): Promise<null> => {
    entered();
    return Promise.resolve(null);
  };
  await using engine = await openEngine(folder, "start-expressions", "full", { none });
  const measure = async (round: number): Promise<{ ms: number; ownMs: number }> => {
    const text = textOf(`expressions-${round}`);
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
  for (let round = 0; round < WARM_UP; round += 1) await measure(-1 - round);
  const [times, own]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { ms, ownMs } = await measure(round);
    times.push(ms);
    own.push(ownMs);
  }
  return atMost("start-expressions", median(times), 60, {
    unit: " ms",
    slack: BUSY,
    note: `${shorten(median(own))} ms of this thread's own`,
    reason: "Reading YAML with the place of every value, and checking every expression.",
  });
}

// One condition and two templates in each step but the first.
function textOf(id: string): string {
  const step = (index: number): string =>
    index === 0
      ? "  - { id: s0, agentId: none, task: work }"
      : `  - id: s${index}
    agentId: none
    dependencies: [s${index - 1}]
    if: size(inputs.name) > 0
    task: "\${{ upper(inputs.name) }} \${{ default(steps.s${index - 1}.output, 'none') }}"`;
  const steps = Array.from({ length: STEPS }, (_, index) => step(index));
  return `id: ${id}\ninputs: { name: { type: string, default: x } }\nsteps:\n${steps.join("\n")}\n`;
}
