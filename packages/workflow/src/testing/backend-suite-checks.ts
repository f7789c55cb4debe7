import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isReplant, type RunView } from "@automatosx/run-view";
import type { JournalEntry } from "@automatosx/schemas";
import { Context, Machine, type WorkflowEvent } from "../core/workflow-state-machine.js";
import type { AgentNote } from "./backend-suite-agent.js";
import { replay } from "./backend-suite-replay.js";
import { fullNameOf, openAttempts, type StartedRun, type Trial } from "./backend-suite-trial.js";

/**
 * Checks the invariants of every run after every case. Throws an `AssertionError` that states the
 * broken invariant.
 */
export async function checkTrial(trial: Trial): Promise<void> {
  const notes = trial.harness.agentLog.read();
  startedOnce(notes);
  if (trial.hasLeft) return;
  for (const run of trial.runs) {
    const rows = await trial.rows(run.runId);
    gapFree(rows);
    recordedOnce(rows);
    await sameRowsToClients(trial, run, rows);
    const view = await replay(trial, run, rows);
    await resultsAsAnswered(trial, run, view, notes);
    await summaryFollows(trial, run, view);
  }
  await nothingAlive(trial, notes);
}

/** No attempt is started twice. */
function startedOnce(notes: readonly AgentNote[]): void {
  const started = notes.filter(({ what }) => what === "started").map(fullNameOf);
  deepStrictEqual(repeated(started), [], "no attempt is started twice");
}

/** Each step's result is recorded once, unless the run went back. */
function recordedOnce(rows: readonly JournalEntry[]): void {
  if (rows.some(wentBack)) return;
  const completed = rows.filter(({ type }) => type === "step_completed").map((row) => row.stepId);
  deepStrictEqual(repeated(completed), [], "each step's result is recorded once");
}

// A failed run that resumes is restored to the state in which it failed, so nothing is repeated.
function wentBack({ type, payload }: JournalEntry): boolean {
  if (type === "restore_checkpoint") return !payload.includes("@failed");
  return isReplant({ ...(JSON.parse(payload) as object), type } as WorkflowEvent);
}

/** Rows are numbered from 1 without a gap, and no instant goes back. */
function gapFree(rows: readonly JournalEntry[]): void {
  deepStrictEqual(
    rows.map(({ seq }) => seq),
    rows.map((_, index) => index + 1),
    "rows are numbered from 1 without a gap",
  );
  const instants = rows.map(({ at }) => at);
  deepStrictEqual(
    instants,
    instants.toSorted((a, b) => a - b),
    "no row is older than the one before",
  );
}

/** The recorded result of an attempt is what its agent answered. */
async function resultsAsAnswered(
  trial: Trial,
  { runId, isOld }: StartedRun,
  view: RunView,
  notes: readonly AgentNote[],
): Promise<void> {
  const answers = new Map(
    notes.filter(({ what }) => what === "answered").map((note) => [fullNameOf(note), note.result]),
  );
  for (const row of await trial.rows(runId)) {
    if (row.type !== "step_completed" && row.type !== "step_answered") continue;
    const facts = JSON.parse(row.payload) as Recorded;
    // The step took the result of another run, or its work is a run of its own or a program.
    if (facts.reused !== undefined) continue;
    if (view.step(row.stepId ?? "")?.agentId.startsWith("@") === true) continue;
    const { artifact, result } = facts;
    const value =
      artifact === undefined ? result : await trial.harness.projection.artifact(artifact);
    const answered = answers.get(fullNameOf(row));
    if (answered === undefined && isOld === true) continue;
    const recorded = JSON.stringify(value).slice(0, answered?.length);
    const name = fullNameOf(row);
    strictEqual(recorded, answered, `the recorded result of ${name} is what its agent answered`);
  }
}

interface Recorded {
  readonly artifact?: string;
  readonly result?: unknown;
  readonly reused?: unknown;
}

/** A client receives the stored rows on every read. */
async function sameRowsToClients(
  trial: Trial,
  { runId }: StartedRun,
  stored: readonly JournalEntry[],
): Promise<void> {
  const read = async (): Promise<JournalEntry[]> => {
    const rows: JournalEntry[] = [];
    for await (const row of trial.backend.journal(runId)) rows.push(row);
    return rows;
  };
  for (const time of ["first", "second"]) {
    const given = await trial.harness.clock.until(read());
    deepStrictEqual(given, stored, `the ${time} read of the journal gives the stored rows`);
  }
}

/** The backend's summary of a run matches its rows. */
async function summaryFollows(trial: Trial, { runId }: StartedRun, view: RunView): Promise<void> {
  const summary = await trial.summary(runId);
  const context = Machine.context(view.machine);
  deepStrictEqual(
    {
      state: summary.state,
      status: summary.status,
      isOrphaned: summary.isOrphaned,
      journalSeq: summary.journalSeq,
      updatedAt: summary.updatedAt,
      finishedAt: summary.finishedAt,
      error: summary.error,
      errorCode: summary.errorCode,
    },
    {
      state: view.state,
      status: view.status,
      isOrphaned: false,
      journalSeq: view.seq,
      updatedAt: view.at,
      finishedAt: view.hasEnded ? view.at : undefined,
      error: Context.error(context),
      errorCode: Context.errorCode(context),
    },
    "the summary is what the rows give",
  );
}

/** No activity is left: no run is running, and every attempt of a living process has ended. */
async function nothingAlive(trial: Trial, notes: readonly AgentNote[]): Promise<void> {
  const running = await trial.harness.clock.until(trial.backend.list({ status: "running" }));
  deepStrictEqual(
    running.map(({ runId }) => runId),
    [],
    "no run is left running",
  );
  const open = openAttempts(notes).filter((name) => !trial.openAtKill.has(name));
  deepStrictEqual(open, [], "no attempt is left at work");
}

function repeated<T>(names: readonly T[]): T[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
