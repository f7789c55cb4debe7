import type { RunHandle } from "@automatosx/workflow";
import { bareTransactionMs } from "./floor.ts";
import { atMost, BUSY, type Row, shorten } from "./row.ts";
import { median } from "./statistics.ts";
import { openEngine, step, type Workflow } from "./workflows.ts";

const ROUNDS = 25;
const STEPS = 10_000;

/** So many steps of as many runs are completed when checkpoints are measured. */
const LEVELS = [1000, 5000, STEPS] as const;

/**
 * A checkpoint after one more completion, in runs of 10,000 steps that have come differently far: its cost must follow
 * what changed. The runs take turns, so that all of them meet the same disk.
 */
export async function checkpointRows(folder: string): Promise<Row[]> {
  const letGo = new Map<string, () => void>();
  const entered = new Map<string, () => void>();
  const hand = ({ stepId }: { stepId: string }): Promise<null> => {
    entered.get(stepId)?.();
    return new Promise((resolve) => letGo.set(stepId, () => resolve(null)));
  };
  const none = (): Promise<{ ok: true }> => Promise.resolve({ ok: true });
  await using engine = await openEngine(folder, "checkpoint", "full", { none, hand });
  const untilEntered = (stepId: string): Promise<void> =>
    new Promise((resolve) => entered.set(stepId, resolve));

  const runs: { readonly level: number; readonly run: RunHandle; readonly times: number[] }[] = [];
  for (const level of LEVELS) {
    const first = untilEntered(`hand-${level}-0`);
    runs.push({ level, run: await engine.start(workflowThatStopsAt(level)), times: [] });
    await first;
  }
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 10));
    // Each run is first in its turn: what comes after the bare writes meets another disk than what comes last.
    const from = round % runs.length;
    for (const { level, run, times } of [...runs.slice(from), ...runs.slice(0, from)]) {
      const next = untilEntered(`hand-${level}-${round + 1}`);
      letGo.get(`hand-${level}-${round}`)?.();
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
    atMost("checkpoint after one more completion, 10,000 steps completed", largest, 2, {
      unit: " ms",
      slack: BUSY,
      diskTook: median(bare),
      note: `${shorten(largest / median(bare))} bare transactions`,
      reason: "A snapshot of what changed since the last checkpoint, its hash, and one commit.",
    }),
    atMost("the same at 10,000 completed against 1,000", growth, 1.5, {
      unit: "×",
      note: runs
        .map(
          ({ level, times }) => `${shorten(median(times))} ms at ${level.toLocaleString("en-US")}`,
        )
        .join(", "),
      reason: "Finding what changed walks over more than what changed.",
    }),
  ];
}

// Up to the level everything at once, then steps one after the other that wait to be let go, then the rest.
function workflowThatStopsAt(level: number): Workflow {
  const crowd = Array.from({ length: level }, (_, index) => step(`s${index}`));
  const hands = Array.from({ length: ROUNDS + 1 }, (_, round) =>
    step(
      `hand-${level}-${round}`,
      round === 0 ? crowd.map(({ id }) => id) : [`hand-${level}-${round - 1}`],
      "hand",
    ),
  );
  const rest = Array.from({ length: STEPS - level }, (_, index) =>
    step(`s${level + index}`, [`hand-${level}-${ROUNDS}`]),
  );
  return { id: `stops-at-${level}`, steps: [...crowd, ...hands, ...rest] };
}
