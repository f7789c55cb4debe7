import { RunReader, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import { rootOf } from "@automatosx/workflow/run-view";
import { readable } from "./asking-runs.js";
import { answeredQuestions } from "./given-answers.js";

/** How many earlier runs are looked at. */
const MAX_RUNS = 5;

/** What an earlier run of the same workflow says about a question. */
export interface EarlierRun {
  /** What it showed at the same place. */
  readonly shown: { readonly runId: string; readonly value: unknown } | undefined;
  /** What its steps have cost, in US dollars: by their paths, and by those around them. */
  readonly costs: ReadonlyMap<string, number>;
}

/** Looks at the newest runs of the workflow that were started before this one. */
export function earlierRun(storage: StoragePort, run: StoredRun, stepId: string): EarlierRun {
  const earlier = storage
    .listRuns({ workflowId: run.workflowId, limit: 50 })
    .filter(({ damage, createdAt, runId }) => {
      return damage === undefined && createdAt < run.createdAt && runId !== run.runId;
    })
    .slice(0, MAX_RUNS);
  let shown: EarlierRun["shown"];
  let costs: ReadonlyMap<string, number> = new Map();
  for (const each of earlier) {
    if (costs.size === 0) costs = readable(() => costsIn(storage, each)) ?? costs;
    shown ??= readable(() => shownIn(storage, each, stepId));
    if (shown !== undefined && costs.size > 0) break;
  }
  return { shown, costs };
}

function shownIn(storage: StoragePort, run: StoredRun, stepId: string): EarlierRun["shown"] {
  let shown: EarlierRun["shown"];
  for (const { question } of answeredQuestions({ storage }, run))
    if (question.kind === "gate" && question.stepId === stepId && question.show !== undefined)
      shown = { runId: run.runId, value: question.show };
  return shown;
}

function costsIn(storage: StoragePort, { runId }: StoredRun): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  const add = (step: string, usd: number): void => {
    costs.set(step, (costs.get(step) ?? 0) + usd);
  };
  RunReader.openJournal(storage, runId);
  for (const { stepId, payload } of storage.readJournal(runId)) {
    if (stepId === undefined || !payload.includes('"usage"')) continue;
    const { usage } = JSON.parse(payload) as { usage?: { usd?: number } };
    if (usage?.usd === undefined) continue;
    add(stepId, usage.usd);
    if (rootOf(stepId) !== stepId) add(rootOf(stepId), usage.usd);
  }
  return costs;
}
