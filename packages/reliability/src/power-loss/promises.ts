import type { Rows } from "./database-rows.ts";
import type { Call } from "./record.ts";

/** Everything acknowledged to a caller up to a moment of the recording. */
export interface Promised {
  readonly runId?: string;
  /** The last journal entry that was reported; 0 before the first. */
  readonly seq: number;
  readonly checkpointIds: readonly string[];
}

/** One line of the marker file: a report to a caller. */
interface Report {
  /** The id of the started run. */
  readonly started?: string;
  /** The sequence number of an event's journal entry. */
  readonly seq?: number;
  /** The step whose agent was called. */
  readonly called?: string;
  readonly attemptNumber?: number;
  /** The id of a checkpoint. */
  readonly checkpoint?: string;
  /** The final status of the run. */
  readonly ended?: string;
}

/** For each call of a recording, the promises made before it. */
export function promisesOf(calls: readonly Call[], final: Rows): Promised[] {
  let promised: Promised = { seq: 0, checkpointIds: [] };
  return calls.map((call) => {
    const before = promised;
    if (call.call === "reported")
      promised = after(
        promised,
        JSON.parse(call.line) as Report,
        final.get("workflow_events") ?? new Map(),
      );
    return before;
  });
}

function after(promised: Promised, report: Report, events: ReadonlyMap<string, string>): Promised {
  const { runId = report.started, checkpointIds } = promised;
  const seq = Math.max(promised.seq, seqOf(report, events));
  const known =
    report.checkpoint === undefined ? checkpointIds : [...checkpointIds, report.checkpoint];
  return { ...(runId !== undefined && { runId }), seq, checkpointIds: known };
}

function seqOf(
  { seq, called, attemptNumber, ended }: Report,
  events: ReadonlyMap<string, string>,
): number {
  if (ended !== undefined) return events.size;
  if (called !== undefined) return startOf(called, attemptNumber ?? 0, events);
  return seq ?? 0;
}

// An agent may be called only after the journal contains the start of its attempt.
function startOf(
  stepId: string,
  attemptNumber: number,
  events: ReadonlyMap<string, string>,
): number {
  for (const [seq, row] of events) {
    const payload = /\|execute_step_batch\|[^|]*\|-\|-\|(.*)\|[0-9A-F]{64}$/.exec(row)?.[1];
    if (payload === undefined) continue;
    const { stepIds, attempts } = JSON.parse(payload) as { stepIds: string[]; attempts: number[] };
    if (attempts[stepIds.indexOf(stepId)] === attemptNumber) return Number(seq);
  }
  throw new Error(
    `the journal does not contain the start of attempt ${attemptNumber} of ${stepId}`,
  );
}

/** The promises broken by `found`, the rows after a power loss. */
export function brokenPromises({ runId, seq, checkpointIds }: Promised, found: Rows): string[] {
  const broken: string[] = [];
  if (runId !== undefined && found.get("workflow_runs")?.has(runId) !== true)
    broken.push("the run is gone");
  const last = found.get("workflow_events")?.size ?? 0;
  if (last < seq) broken.push(`${seq - last} of ${seq} acknowledged events are gone`);
  const lost = checkpointIds.filter((id) => found.get("workflow_checkpoints")?.has(id) !== true);
  if (lost.length > 0) broken.push(`${lost.length} acknowledged checkpoints are gone`);
  return broken;
}
