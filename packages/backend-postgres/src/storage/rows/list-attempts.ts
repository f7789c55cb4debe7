import type { StepAttemptRow } from "@automatosx/workflow/storage";
import type { Sql } from "../connection/Statement.js";

/** The entries that end steps which another event is about, with lists of their paths. */
const NOTED = [
  "step_completed",
  "step_answered",
  "step_failed",
  "gate_answered",
  "signal_received",
  "steps_due",
  "budget_changed",
  "cancel_workflow",
  "workflow_failed",
  "result_edited",
  "steps_reopened",
  "definition_changed",
];

/** The lists of such an entry, whose steps have ended with it. */
const ENDED_IN = ["cancelled", "failed", "unknown", "stale", "dropped"] as const;

const COMPLETED: ReadonlySet<string> = new Set(["step_completed", "step_answered"]);

// Only runs of the language, and those whose results or definition were changed, have such lists.
// The results of others may be large, and need not be read.
const ENTRIES = `
  WITH run AS (
    SELECT run.run_id, run.status,
      coalesce(json_typeof(definition.definition::json -> 'language') <> 'null', false)
        OR EXISTS (SELECT 1 FROM axw.workflow_run_changes c WHERE c.run_id = run.run_id)
        AS has_notes
    FROM axw.workflow_runs run
    LEFT JOIN axw.workflow_definitions definition ON definition.hash = run.definition_hash
    WHERE run.run_id = $1)
  SELECT run.status AS run_status, run.has_notes, e.seq, e.type, e.at, e.step_id,
    CASE WHEN run.has_notes OR e.type IN ('execute_step_batch', 'step_failed')
      THEN e.payload ELSE '{}' END AS payload
  FROM run JOIN axw.workflow_journal e ON e.run_id = run.run_id
  WHERE e.type IN ('execute_step_batch', 'step_completed', 'step_answered', 'step_failed',
      'restore_checkpoint')
    OR run.has_notes AND e.type = ANY ($2::text[])
  ORDER BY e.seq`;

interface EntryRow {
  readonly run_status: string;
  readonly has_notes: boolean;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly step_id: string | null;
  readonly payload: string;
}

/** An attempt, and what came next for its step. */
interface Attempt {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly startedAt: number;
  readonly seq: number;
  next?: Move;
}

interface Move {
  readonly type: string;
  readonly at: number;
  readonly payload: string;
}

/** Derives the attempts of a run, or of one of its steps, from its journal, as they started. */
export function listAttempts(sql: Sql, runId: string, stepId?: string): readonly StepAttemptRow[] {
  const rows = sql(ENTRIES, [runId, NOTED]) as unknown as readonly EntryRow[];
  const attempts: Attempt[] = [];
  const open = new Map<string, Attempt>();
  // A step has one attempt at a time: what follows a start is its outcome, or the next start.
  const follow = (path: string, move: Move): void => {
    const attempt = open.get(path);
    if (attempt !== undefined) attempt.next = move;
    open.delete(path);
  };
  let restoredAt = 0;
  for (const row of rows) {
    const { type, at, seq, payload } = row;
    if (type === "restore_checkpoint") restoredAt = seq;
    if (type === "execute_step_batch") {
      for (const attempt of startedIn(row)) {
        follow(attempt.stepId, { type: "started", at, payload });
        open.set(attempt.stepId, attempt);
        attempts.push(attempt);
      }
      continue;
    }
    if (row.step_id !== null && type !== "gate_answered")
      follow(row.step_id, { type, at, payload });
    if (row.has_notes)
      for (const path of endedIn(row)) follow(path, { type: "ended", at, payload });
  }
  const status = rows[0]?.run_status ?? "running";
  return attempts
    .filter((attempt) => stepId === undefined || attempt.stepId === stepId)
    .toSorted((a, b) => a.seq - b.seq || compare(a.stepId, b.stepId))
    .map((attempt) => toRow(runId, attempt, status, restoredAt));
}

function startedIn({ payload, seq, at }: EntryRow): readonly Attempt[] {
  const { stepIds, attempts } = JSON.parse(payload) as {
    readonly stepIds: readonly string[];
    readonly attempts: readonly number[];
  };
  return stepIds.map((stepId, index) => ({
    ...{ stepId, attemptNumber: attempts[index] ?? 1, startedAt: at, seq },
  }));
}

function endedIn({ payload }: EntryRow): readonly string[] {
  const notes = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  return ENDED_IN.flatMap((name) => {
    const paths = notes[name];
    return Array.isArray(paths) ? (paths as string[]) : [];
  });
}

function toRow(
  runId: string,
  { stepId, attemptNumber, startedAt, seq, next }: Attempt,
  runStatus: string,
  restoredAt: number,
): StepAttemptRow {
  const { error, reason } = (next?.type === "step_failed" ? JSON.parse(next.payload) : {}) as {
    readonly error?: string;
    readonly reason?: string;
  };
  const status = (): StepAttemptRow["status"] => {
    if (next !== undefined && COMPLETED.has(next.type)) return "completed";
    if (next?.type === "step_failed") return reason === "interrupted" ? "interrupted" : "failed";
    const hasEnded = next !== undefined || ["completed", "failed", "cancelled"].includes(runStatus);
    return hasEnded || restoredAt > seq ? "interrupted" : "running";
  };
  return {
    ...{ runId, stepId, attemptNumber, status: status(), startedAt },
    ...(next !== undefined && next.type !== "started" && { finishedAt: next.at }),
    ...(typeof error === "string" && { error }),
  };
}

// The order of the bytes, as SQLite's.
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
