import type { Rows } from "./journal-rows.ts";
import type { Call } from "./record.ts";

/** What had been promised to someone up to a moment of the recording. */
export interface Promised {
  readonly runId?: string;
  /** The last journal entry that someone knows of. */
  readonly seq: number;
  readonly checkpointIds: readonly string[];
}

interface Told {
  readonly started?: string;
  readonly told?: number;
  readonly called?: string;
  readonly attemptNumber?: number;
  readonly checkpoint?: string;
  readonly ended?: string;
}

/** What stands promised before each call of a recording. */
export function promisesOf(calls: readonly Call[], final: Rows): Promised[] {
  let promised: Promised = { seq: 0, checkpointIds: [] };
  return calls.map((call) => {
    const before = promised;
    if (call.call === "told")
      promised = after(
        promised,
        JSON.parse(call.line) as Told,
        final.get("workflow_events") ?? new Map(),
      );
    return before;
  });
}

function after(promised: Promised, told: Told, events: ReadonlyMap<string, string>): Promised {
  const { runId = told.started, checkpointIds } = promised;
  const seq = Math.max(promised.seq, seqOf(told, events));
  const known = told.checkpoint === undefined ? checkpointIds : [...checkpointIds, told.checkpoint];
  return { ...(runId !== undefined && { runId }), seq, checkpointIds: known };
}

function seqOf(
  { told, called, attemptNumber, ended }: Told,
  events: ReadonlyMap<string, string>,
): number {
  if (ended !== undefined) return events.size;
  if (called !== undefined) return batchOf(called, attemptNumber ?? 0, events);
  return told ?? 0;
}

// An agent may only be called once the journal says that its attempt begins.
function batchOf(
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
  throw new Error(`the journal does not say that attempt ${attemptNumber} of ${stepId} began`);
}

/** What of a promise is not kept by what was found after a power loss. */
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
