import { bareTransactionMs } from "./floor.ts";
import { atMost, BUSY, type Row, shorten } from "./row.ts";
import { median } from "./statistics.ts";
import { openEngine, type Step, step, type Workflow } from "./workflows.ts";

const ROUNDS = 25;

/** So many steps are completed when checkpoints are measured, the steps in between not counted. */
const LEVELS = [1000, 5000, 10_000];

/** A checkpoint after one more completion, while a run of 10,000 steps grows: its cost must follow what changed. */
export async function checkpointRows(folder: string): Promise<Row[]> {
  const letGo = new Map<string, () => void>();
  const entered = new Map<string, () => void>();
  const hand = ({ stepId }: { stepId: string }): Promise<null> => {
    entered.get(stepId)?.();
    return new Promise((resolve) => letGo.set(stepId, () => resolve(null)));
  };
  const none = (): Promise<{ ok: true }> => Promise.resolve({ ok: true });
  await using engine = await openEngine(folder, "checkpoint", "full", { none, hand });
  const untilEntered = (stepId: string): Promise<void> => new Promise((resolve) => entered.set(stepId, resolve));

  const ready = LEVELS.map((level) => untilEntered(`hand-${level}-0`));
  const run = await engine.start(workflowWithStops());
  const [bare, times]: [number[], Map<number, number>] = [[], new Map()];
  for (const [index, level] of LEVELS.entries()) {
    await ready[index];
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = untilEntered(`hand-${level}-${round + 1}`);
      letGo.get(`hand-${level}-${round}`)?.();
      await next;
      bare.push(bareTransactionMs(folder, "full", 20));
      const startedAt = performance.now();
      await run.checkpoint();
      rounds.push(performance.now() - startedAt);
    }
    times.set(level, median(rounds));
    letGo.get(`hand-${level}-${ROUNDS}`)?.();
  }
  await run.ending;
  const [first = 0, , last = 0] = times.values();
  const note = [...times].map(([level, ms]) => `${shorten(ms)} ms at ${level.toLocaleString("en-US")}`).join(", ");
  return [
    atMost("checkpoint after one more completion, 10,000 steps completed", last, 2, {
      unit: " ms",
      slack: BUSY,
      diskTook: median(bare),
      note: `${shorten(last / median(bare))} bare transactions`,
      reason: "A snapshot of what changed since the last checkpoint, its hash, and one commit.",
    }),
    atMost("the same at 10,000 completed against 1,000", last / first, 1.5, {
      unit: "×",
      slack: BUSY,
      note,
      reason: "Finding what changed walks over more than what changed.",
    }),
  ];
}

// Up to each level everything at once, then steps one after the other that wait to be let go.
function workflowWithStops(): Workflow {
  const steps: Step[] = [];
  let before: string[] = [];
  let done = 0;
  for (const level of LEVELS) {
    const crowd = Array.from({ length: level - done }, (_, index) => step(`s${done + index}`, before));
    before = crowd.map(({ id }) => id);
    steps.push(...crowd);
    for (let round = 0; round <= ROUNDS; round += 1) {
      const id = `hand-${level}-${round}`;
      steps.push(step(id, before, "hand"));
      before = [id];
    }
    done = level;
  }
  return { id: "stops", steps };
}
