import type { JournalEntry } from "@automatosx/schemas";
import { RunReader, type StoredRun } from "@automatosx/workflow/observe";
import { openQuestions, type RunView } from "@automatosx/workflow/run-view";
import type { GivenAnswer } from "../../api/common.schema.js";
import type { Reading } from "../Reading.js";
import { questionsOf } from "./asking-runs.js";
import type { Question } from "./Question.js";

/** A question that was answered or has expired, with the run as it was before. */
export interface AnsweredQuestion {
  readonly question: Question;
  readonly answer: GivenAnswer;
  readonly seq: number;
  /** Valid until the next one is read. */
  readonly view: RunView;
}

const ANSWERS: ReadonlySet<string> = new Set([
  "gate_answered",
  "signal_received",
  "budget_changed",
  "steps_due",
]);

/**
 * Yields the questions of a run that were answered at or after an instant, oldest first.
 *
 * @throws WorkflowError `journal_damaged`
 */
export function* answeredQuestions(
  { storage }: Pick<Reading, "storage">,
  run: StoredRun,
  since = 0,
): Generator<AnsweredQuestion> {
  const { runId } = run;
  let reader: RunReader | undefined;
  for (const entry of storage.readJournal(runId)) {
    if (entry.at < since || !ANSWERS.has(entry.type)) continue;
    reader ??= RunReader.openJournal(storage, runId);
    reader.catchUp(entry.seq - 1);
    const { view } = reader;
    for (const { question, decision } of questionsBehind(run, view, entry)) {
      const { by, note } = JSON.parse(entry.payload) as { by?: string; note?: string };
      const answer = {
        decision,
        at: entry.at,
        ...(by !== undefined && { by }),
        ...(note !== undefined && { note }),
      };
      yield { question, answer, seq: entry.seq, view };
    }
  }
}

/** What an entry has answered, and how. */
function questionsBehind(
  run: StoredRun,
  view: RunView,
  entry: JournalEntry,
): readonly { readonly question: Question; readonly decision: string }[] {
  if (entry.type === "budget_changed")
    return questionsOf(run, view)
      .filter(({ kind }) => kind === "budget")
      .map((question) => ({ question, decision: "raised" }));
  const open = openQuestions(view);
  switch (entry.type) {
    case "gate_answered":
      return open
        .filter(({ stepId }) => stepId === entry.stepId)
        .map((question) => ({ question, decision: decisionOf(question, entry) }));
    case "signal_received": {
      const { name } = JSON.parse(entry.payload) as { name?: string };
      // The first step that waits for it takes it.
      const question = open.find(({ kind, signal }) => kind === "signal" && signal === name);
      return question === undefined ? [] : [{ question, decision: "received" }];
    }
    default: {
      const { stepIds = [] } = JSON.parse(entry.payload) as { stepIds?: readonly string[] };
      return open
        .filter(({ stepId }) => stepIds.includes(stepId))
        .map((question) => ({ question, decision: "expired" }));
    }
  }
}

function decisionOf({ kind }: Question, { payload }: JournalEntry): string {
  const { approved, values, edits, editsArtifact } = JSON.parse(payload) as {
    readonly approved?: boolean;
    readonly values?: { readonly done?: unknown };
    readonly edits?: unknown;
    readonly editsArtifact?: unknown;
  };
  // Only a large result makes the values an artifact, and only an outcome has a result.
  if (kind === "unknown") return values?.done === false ? "not done" : "done";
  if (approved !== true) return "rejected";
  return edits === undefined && editsArtifact === undefined ? "approved" : "approved with an edit";
}
