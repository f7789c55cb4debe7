import {
  latestChildRuns,
  type OpenQuestion,
  ownerState,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import {
  openQuestions,
  type RunFacts,
  type RunView,
  sayingsOfRun,
  toneOf,
} from "@automatosx/workflow/run-view";
import type { RunFigures, Saying, Spent } from "../api/common.schema.js";
import type { Readers } from "./Readers.js";

/** How deep child runs may be nested. */
const MAX_DEPTH = 10;

/**
 * Returns what a row says that only the journal knows. `questions` are what the run and its child
 * runs wait for.
 */
export function figuresOf(
  run: StoredRun,
  view: RunView,
  questions: readonly OpenQuestion[],
  now: number,
): RunFigures {
  const facts = factsOf(run, now);
  const isOwned = facts.ownerState === "alive" || facts.ownerState === "elsewhere";
  const { workedMs, waitedMs } = view.timeSpent(isOwned ? now : undefined);
  const spent = spentBy(view);
  return {
    steps: view.counts(),
    says: sayingOf(facts, view, questions),
    ranMs: workedMs,
    waitedMs,
    ...(spent !== undefined && { spent }),
  };
}

/** What a run has used; undefined if no agent has reported anything. */
export function spentBy(view: RunView): Spent | undefined {
  const budget = view.budget();
  if (budget === undefined) return undefined;
  const { settled, estimated, unmetered } = budget;
  return {
    ...(settled.usd > 0 && { usd: settled.usd }),
    ...(settled.tokens > 0 && { tokens: settled.tokens }),
    isAtLeast: estimated + unmetered > 0,
  };
}

/** Returns what a run and its child runs wait for, its own questions first. */
export function questionsOf(
  storage: StoragePort,
  readers: Readers,
  run: StoredRun,
  view: RunView,
): readonly OpenQuestion[] {
  if (view.pausedFor !== "waiting" && view.status !== "running") return [];
  return [...openQuestions(view), ...questionsInside(storage, readers, run, "", MAX_DEPTH)];
}

function questionsInside(
  storage: StoragePort,
  readers: Readers,
  { runId }: StoredRun,
  place: string,
  depth: number,
): OpenQuestion[] {
  if (depth === 0) return [];
  return latestChildRuns(storage, runId).flatMap((child) => {
    if (child.damage !== undefined || child.finishedAt !== undefined) return [];
    const inner = `${place}${child.parentStepId}.`;
    const own = openQuestions(readers.latest(child.runId).view).map((question) => ({
      ...question,
      path: `${inner}${question.stepId}`,
    }));
    return [...own, ...questionsInside(storage, readers, child, inner, depth - 1)];
  });
}

/** What the row of a run says besides its journal. */
export function factsOf(run: StoredRun, now: number): RunFacts {
  const { runId, status, owner, error, errorCode, damage } = run;
  return { runId, status, owner, error, errorCode, damage, ownerState: ownerState(run, now) };
}

function sayingOf(facts: RunFacts, view: RunView, questions: readonly OpenQuestion[]): Saying {
  const [first] = sayingsOfRun(facts, view, questions);
  if (first === undefined) return { tone: toneOf(facts.status), text: "" };
  const { tone, head, text } = first;
  return { tone, head, text };
}
