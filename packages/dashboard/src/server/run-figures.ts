import {
  latestChildRuns,
  type OpenQuestion,
  ownerState,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import {
  isOwned,
  openQuestions,
  type RunFacts,
  type RunView,
  sayingOfRow,
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
  const { workedMs, waitedMs } = view.timeSpent(isOwned(facts) ? now : undefined);
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
function spentBy(view: RunView): Spent | undefined {
  const budget = view.budget();
  if (budget === undefined) return undefined;
  const { settled, estimated, unmetered } = budget;
  return {
    ...(settled.usd > 0 && { usd: settled.usd }),
    ...(settled.tokens > 0 && { tokens: settled.tokens }),
    isAtLeast: estimated + unmetered > 0,
  };
}

/** What a run waits for, and what its child runs wait for. */
export interface RunQuestions {
  readonly own: readonly OpenQuestion[];
  /** Each with its path in the run. */
  readonly inside: readonly OpenQuestion[];
  /** True if a child run has not ended. */
  readonly hasOpenChildren: boolean;
}

/** Returns what a run and its child runs wait for. */
export function questionsOf(
  storage: StoragePort,
  readers: Readers,
  run: StoredRun,
  view: RunView,
): RunQuestions {
  if (run.finishedAt !== undefined) return { own: [], inside: [], hasOpenChildren: false };
  const open = openChildren(storage, run.runId);
  return {
    own: openQuestions(view),
    inside: questionsInside(storage, readers, open, "", MAX_DEPTH),
    hasOpenChildren: open.length > 0,
  };
}

function openChildren(storage: StoragePort, runId: string): StoredRun[] {
  return latestChildRuns(storage, runId).filter(
    ({ damage, finishedAt }) => damage === undefined && finishedAt === undefined,
  );
}

function questionsInside(
  storage: StoragePort,
  readers: Readers,
  children: readonly StoredRun[],
  place: string,
  depth: number,
): OpenQuestion[] {
  if (depth === 0) return [];
  return children.flatMap((child) => {
    const inner = `${place}${child.parentStepId}.`;
    const own = openQuestions(readers.latest(child.runId).view).map((question) => ({
      ...question,
      path: `${inner}${question.stepId}`,
    }));
    const open = openChildren(storage, child.runId);
    return [...own, ...questionsInside(storage, readers, open, inner, depth - 1)];
  });
}

/** What the row of a run says besides its journal. */
function factsOf(run: StoredRun, now: number): RunFacts {
  const { runId, status, owner, error, errorCode, damage } = run;
  return { runId, status, owner, error, errorCode, damage, ownerState: ownerState(run, now) };
}

function sayingOf(facts: RunFacts, view: RunView, questions: readonly OpenQuestion[]): Saying {
  const first = sayingOfRow(facts, view, questions);
  if (first === undefined) return { tone: toneOf(facts.status), text: "" };
  const { tone, head, text } = first;
  return { tone, head, text };
}
