import type { RunHandle } from "@automatosx/workflow";
import { bareTransactionMs } from "../floor.ts";
import { atMost, BUSY, type Row, shorten } from "../row.ts";
import { median } from "../statistics.ts";
import { openEngine, step, type Workflow } from "../workflows.ts";

const ROUNDS = 25;
const STEPS = 10_000;

/** The number of completed steps in each run when its checkpoints are measured. */
const LEVELS = [1000, 5000, STEPS] as const;

/**
 * Measures a checkpoint taken after one more step completes, in 10,000-step runs with different
 * numbers of steps already completed. Its cost must depend only on what changed. The runs
 * alternate, so that all of them see the same disk.
 */
export async function checkpointRows(folder: string): Promise<Row[]> {
  const release = new Map<string, () => void>();
  const entered = new Map<string, () => void>();
  const held = ({ stepId }: { stepId: string }): Promise<null> => {
    entered.get(stepId)?.();
    return new Promise((resolve) => release.set(stepId, () => resolve(null)));
  };
  const none = (): Promise<{ ok: true }> => Promise.resolve({ ok: true });
  await using engine = await openEngine(folder, "checkpoint", "full", { none, held });
  const untilEntered = (stepId: string): Promise<void> =>
    new Promise((resolve) => entered.set(stepId, resolve));

  const runs: { readonly level: number; readonly run: RunHandle; readonly times: number[] }[] = [];
  for (const level of LEVELS) {
    const first = untilEntered(`held-${level}-0`);
    runs.push({ level, run: await engine.start(workflowHeldAt(level)), times: [] });
    await first;
  }
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 10));
    // The order rotates, because the disk behaves differently right after the bare writes.
    const from = round % runs.length;
    for (const { level, run, times } of [...runs.slice(from), ...runs.slice(0, from)]) {
      const next = untilEntered(`held-${level}-${round + 1}`);
      release.get(`held-${level}-${round}`)?.();
      await next;
      const startedAt = performance.now();
      await run.checkpoint();
      times.push(performance.now() - startedAt);
    }
  }
  const [low, , high] = runs.map(({ times }) => times);
  const largest = median(high ?? []);
  const growth = median((high ?? []).map((ms, round) => ms / (low?.[round] ?? 0)));
  return [
    atMost("checkpoint", largest, 2, {
      unit: " ms",
      slack: BUSY,
      diskTook: median(bare),
      note: `${shorten(largest / median(bare))} bare transactions`,
      reason: "A snapshot of what changed since the last checkpoint, its hash, and one commit.",
    }),
    atMost("checkpoint-growth", growth, 1.5, {
      unit: "×",
      note: runs
        .map(({ level, times }) => `${shorten(median(times))} ms at ${count(level)}`)
        .join(", "),
      reason: "Finding what changed walks over more than what changed.",
    }),
  ];
}

const count = (value: number): string => value.toLocaleString("en-US");

// `level` steps run at once, then steps run one by one as they are released, then the rest run.
function workflowHeldAt(level: number): Workflow {
  const crowd = Array.from({ length: level }, (_, index) => step(`s${index}`));
  const held = Array.from({ length: ROUNDS + 1 }, (_, round) =>
    step(
      `held-${level}-${round}`,
      round === 0 ? crowd.map(({ id }) => id) : [`held-${level}-${round - 1}`],
      "held",
    ),
  );
  const rest = Array.from({ length: STEPS - level }, (_, index) =>
    step(`s${level + index}`, [`held-${level}-${ROUNDS}`]),
  );
  return { id: `held-at-${level}`, steps: [...crowd, ...held, ...rest] };
}
