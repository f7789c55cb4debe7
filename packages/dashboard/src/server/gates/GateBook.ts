import type { StoredRun } from "@automatosx/workflow/observe";
import type { GateRow } from "../../api/gate.schema.js";
import type { Reading } from "../Reading.js";
import { askingRuns, readable } from "./asking-runs.js";
import { gateRow } from "./gate-row.js";
import { answeredQuestions } from "./given-answers.js";
import type { AskingRun } from "./Question.js";

const DAY_MS = 86_400_000;

/** How many of the runs that changed within the last day are searched for answers. */
const MAX_ANSWERED_RUNS = 200;

/** How many runs' answers are kept in memory. */
const MAX_KEPT = 500;

/** The questions of all runs: those that are open, and those that were answered. */
export class GateBook {
  readonly #reading: Reading;
  /** The answered questions of a run, with its last entry when they were read. */
  readonly #answered = new Map<string, { readonly seq: number; readonly rows: GateRow[] }>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The open questions, the oldest first. */
  open(): readonly GateRow[] {
    const rows = [...askingRuns(this.#reading)].flatMap((asking) => this.rowsOf(asking));
    return rows.sort((a, b) => (a.openedAt ?? 0) - (b.openedAt ?? 0));
  }

  /** The open questions of one run. */
  rowsOf({ run, view, questions }: AskingRun): readonly GateRow[] {
    const holdsRun = run.status === "paused" && questions.length === 1;
    return questions.map((question) =>
      gateRow({ run, view, question, holdsRun, answer: null }, this.#reading.options.control),
    );
  }

  /** The questions that were answered within the last day, the newest first. */
  answered(): readonly GateRow[] {
    const since = this.#reading.now() - DAY_MS;
    const { storage } = this.#reading;
    const recent = storage
      .listRuns()
      .filter(({ damage, updatedAt }) => damage === undefined && updatedAt >= since)
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .slice(0, MAX_ANSWERED_RUNS);
    return recent
      .flatMap((run) => readable(() => this.#answersOf(run)) ?? [])
      .filter(({ answer }) => answer !== null && answer.at >= since)
      .sort((a, b) => (b.answer?.at ?? 0) - (a.answer?.at ?? 0));
  }

  #answersOf(run: StoredRun): readonly GateRow[] {
    const known = this.#answered.get(run.runId);
    if (known?.seq === run.journalSeq) return known.rows;
    const { control } = this.#reading.options;
    const rows: GateRow[] = [];
    for (const { question, answer, view } of answeredQuestions(this.#reading, run))
      rows.push(gateRow({ run, view, question, holdsRun: false, answer }, control));
    this.#answered.delete(run.runId);
    this.#answered.set(run.runId, { seq: run.journalSeq, rows });
    for (const [oldest] of this.#answered)
      if (this.#answered.size > MAX_KEPT) this.#answered.delete(oldest);
      else break;
    return rows;
  }
}
