import type { RunFigures, RunRow } from "../../../src/api/common.schema.js";
import type { RunList } from "../../../src/api/run.schema.js";

/** The figures of a run of four steps. */
export const FIGURES: RunFigures = {
  steps: {
    total: 4,
    running: 1,
    waiting: 0,
    completed: 2,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    open: 0,
    unknown: 0,
  },
  says: { tone: "run", head: "performs", text: "build" },
  ranMs: 1000,
  waitedMs: 0,
};

/** A row of a running run. */
export function row(runId: string, more: Partial<RunRow> = {}): RunRow {
  return {
    runId,
    workflowId: "docs",
    workflowName: "docs",
    workflowVersion: "1.0.0",
    definitionHash: "hash",
    state: "executing_steps",
    status: "running",
    isOrphaned: false,
    isQuarantined: false,
    stepCount: 4,
    createdAt: 1000,
    updatedAt: 1000,
    journalSeq: 5,
    figures: FIGURES,
    ...more,
  };
}

/** A page of runs. */
export function page(runs: readonly RunRow[], more: Partial<RunList> = {}): RunList {
  return {
    now: 5000,
    runs: [...runs],
    next: null,
    counts: { running: runs.length, completed: 0, failed: 0, paused: 0, cancelled: 0 },
    oldestAt: 1000,
    areCountsCut: false,
    asks: [],
    ...more,
  };
}
