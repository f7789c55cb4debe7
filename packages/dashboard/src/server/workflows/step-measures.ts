import type { StoragePort } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";

/** What a step took when it was last completed. */
export interface StepMeasure {
  readonly tookMs?: number;
  readonly usd?: number;
}

/** Returns what the steps of a run took when they were last completed, by their paths. */
export function stepMeasures(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
  view: RunView,
): ReadonlyMap<string, StepMeasure> {
  // Without a report of any agent, the journal need not be read.
  const prices = view.budget() === undefined ? new Map() : pricesOf(storage, runId);
  const measures = new Map<string, StepMeasure>();
  for (const { id, status, startedAt, finishedAt } of view.steps()) {
    if (status !== "completed" || startedAt === undefined || finishedAt === undefined) continue;
    const usd: number | undefined = prices.get(id);
    measures.set(id, {
      tookMs: Math.max(0, finishedAt - startedAt),
      ...(usd !== undefined && { usd }),
    });
  }
  return measures;
}

function pricesOf(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
): ReadonlyMap<string, number> {
  const prices = new Map<string, number>();
  for (const { type, stepId, payload } of storage.readJournal(runId)) {
    if (type !== "step_completed" || stepId === undefined || !payload.includes('"usage"')) continue;
    const { usage } = JSON.parse(payload) as { readonly usage?: { readonly usd?: unknown } };
    if (typeof usage?.usd === "number") prices.set(stepId, usage.usd);
  }
  return prices;
}
