import {
  isOrphaned,
  isQuarantined,
  type OpenQuestion,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { duration, questionText, shortId } from "@automatosx/workflow/run-view";
import type { RunList } from "../api/run.schema.js";
import type { OpenRun } from "./RecentRuns.js";

type Ask = RunList["asks"][number];

/** Returns what needs a person, the most urgent kinds first. */
export function asksOf(open: readonly OpenRun[], now: number): Ask[] {
  const questions = open.flatMap(({ read }) =>
    read !== undefined && "questions" in read ? read.questions : [],
  );
  const runs = (isWanted: (run: StoredRun) => boolean): StoredRun[] =>
    open.flatMap(({ run }) => (isWanted(run) ? [run] : []));
  const damaged = open.flatMap(({ run, read }) =>
    read !== undefined && "damage" in read ? [run] : [],
  );
  return [
    ...askAbout(
      "gates",
      questions.filter(({ kind }) => kind !== "unknown"),
      now,
    ),
    ...askAbout(
      "unknown",
      questions.filter(({ kind }) => kind === "unknown"),
      now,
    ),
    ...askOfRuns(
      "orphaned",
      "wait",
      runs((run) => isOrphaned(run, now) && !isQuarantined(run)),
    ),
    ...askOfRuns("quarantined", "fail", runs(isQuarantined)),
    ...askOfRuns("damaged", "fail", damaged),
    ...askOfRuns(
      "budget",
      "wait",
      runs(({ pauseReason }) => pauseReason === "budget"),
    ),
  ];
}

/** The number of open questions of all runs. */
export function questionCount(open: readonly OpenRun[]): number {
  return open.reduce(
    (sum, { read }) =>
      sum + (read !== undefined && "questions" in read ? read.questions.length : 0),
    0,
  );
}

function askAbout(
  kind: "gates" | "unknown",
  questions: readonly OpenQuestion[],
  now: number,
): Ask[] {
  const [first] = questions.toSorted((a, b) => (a.openedAt ?? now) - (b.openedAt ?? now));
  if (first === undefined) return [];
  const tone = kind === "gates" ? "wait" : "unknown";
  const count = questions.length;
  if (count > 1) {
    const { openedAt } = first;
    const text = openedAt === undefined ? "" : `the oldest for ${duration(now - openedAt)}`;
    return [{ kind, says: { tone, text }, count }];
  }
  const text = `${first.workflowId} ${shortId(first.runId)}, ${questionText(first)}`;
  return [{ kind, says: { tone, text }, runId: first.runId, count }];
}

function askOfRuns(
  kind: Exclude<Ask["kind"], "gates" | "unknown">,
  tone: Ask["says"]["tone"],
  runs: readonly StoredRun[],
): Ask[] {
  const [first] = runs;
  if (first === undefined) return [];
  const text = `${first.workflowId} ${shortId(first.runId)}`;
  const others = runs.length - 1;
  return [
    {
      kind,
      says: { tone, text: others === 0 ? text : `${text} and ${others} more` },
      ...(others === 0 && { runId: first.runId }),
      count: runs.length,
    },
  ];
}
