import type { JournalEntry } from "@automatosx/schemas";
import type { ExecutionBackend } from "@automatosx/workflow";
import type { AgentNote, BackendHarness } from "@automatosx/workflow/testing";

/** Broken promises, counted. */
export interface FaultCounts {
  /** Steps whose result is recorded more than once. */
  readonly recordedTwice: number;
  /** Attempts that an agent began more than once. */
  readonly startedTwice: number;
  /** Rows that have changed since the kill, or that the server and the database tell apart. */
  readonly rowsDiffering: number;
  /** Attempts that were repeated although their workers lived on. */
  readonly rerun: number;
}

export const NO_FAULTS: FaultCounts = {
  recordedTwice: 0,
  startedTwice: 0,
  rowsDiffering: 0,
  rerun: 0,
};

export function sumOf(a: FaultCounts, b: FaultCounts): FaultCounts {
  return {
    recordedTwice: a.recordedTwice + b.recordedTwice,
    startedTwice: a.startedTwice + b.startedTwice,
    rowsDiffering: a.rowsDiffering + b.rowsDiffering,
    rerun: a.rerun + b.rerun,
  };
}

/** Counts what a kill has broken in a run that has ended. `before`: its rows at the kill. */
export async function countFaults(
  harness: BackendHarness,
  backend: ExecutionBackend,
  { runId, before }: { readonly runId: string; readonly before: readonly JournalEntry[] },
): Promise<FaultCounts> {
  const stored = await harness.projection.rows(runId);
  const served: JournalEntry[] = [];
  for await (const row of backend.journal(runId)) served.push(row);
  return {
    recordedTwice: recordedTwice(stored),
    startedTwice: startedTwice(harness.agentLog.read()),
    rowsDiffering: differing(before, stored.slice(0, before.length)) + differing(stored, served),
    rerun: 0,
  };
}

export function recordedTwice(rows: readonly JournalEntry[]): number {
  const completed = rows.filter(({ type }) => type === "step_completed").map((row) => row.stepId);
  return completed.length - new Set(completed).size;
}

export function startedTwice(notes: readonly AgentNote[]): number {
  const started = notes
    .filter(({ what }) => what === "started")
    .map(({ stepId, attemptNumber }) => `${stepId}#${attemptNumber}`);
  return started.length - new Set(started).size;
}

export function differing(a: readonly JournalEntry[], b: readonly JournalEntry[]): number {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, n) => n).filter(
    (n) => JSON.stringify(sorted(a[n])) !== JSON.stringify(sorted(b[n])),
  ).length;
}

function sorted(row: JournalEntry | undefined): unknown {
  return row && Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
