import type { RowScan } from "./RowScan.js";

/** What the indexes list of the rows of each run, whether these rows can be read or not. */
export interface ListedRows {
  /** The sequence numbers of checkpoints. */
  readonly checkpoints: ReadonlyMap<string, readonly number[]>;
  /** How many chunks of output of agents there are. */
  readonly logs: ReadonlyMap<string, number>;
}

/** The index of checkpoints by run. */
export const CHECKPOINTS_INDEX = "workflow_checkpoints_by_run";
const LOGS_INDEX = "workflow_step_logs_by_step";

/** Reads the indexes that list every checkpoint and every chunk of output with the id of its run. */
export function listRows(scan: RowScan): ListedRows {
  const checkpoints = new Map<string, number[]>();
  const logs = new Map<string, number>();
  for (const { name, values } of scan.entries()) {
    const { run_id: runId, seq } = values;
    if (typeof runId !== "string") continue;
    if (name === LOGS_INDEX) logs.set(runId, (logs.get(runId) ?? 0) + 1);
    if (name !== CHECKPOINTS_INDEX) continue;
    const ofRun = checkpoints.get(runId) ?? [];
    checkpoints.set(runId, ofRun);
    ofRun.push(Number(seq));
  }
  return { checkpoints, logs };
}
