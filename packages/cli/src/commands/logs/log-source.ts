import type { StoragePort } from "@automatosx/workflow/observe";
import type { Replica } from "../../backend/restate-replica.js";
import type { LogPiece } from "../../render/log-printer.js";

/** How much output is read at a time, in characters. */
const PAGE_LENGTH = 1024 * 1024;

/** The output of a run, or of one of its steps, page by page. */
export interface LogSource {
  /** Returns the next page; empty if there is nothing more now. */
  next(): Promise<readonly LogPiece[]>;
  /** Whether the output is not kept anywhere. Known after the first page. */
  readonly isNotKept: boolean;
}

/**
 * Returns the output in the database. That of a run of Restate whose copy has none is read from the
 * database of its workers.
 */
export function logSourceOf(
  storage: StoragePort,
  runId: string,
  stepId: string | undefined,
): LogSource {
  const isHere = storage.readLogs(runId, undefined, 0, 1).length > 0;
  const isCopy = storage.getRun(runId)?.backend !== undefined;
  const remote = isReplica(storage) && isCopy && !isHere ? storage : undefined;
  const about = { runId, ...(stepId !== undefined && { stepId }) };
  let afterId = 0;
  let isNotKept = false;
  return {
    get isNotKept() {
      return isNotKept;
    },
    async next() {
      const page =
        remote === undefined
          ? storage.readLogs(runId, stepId, afterId, PAGE_LENGTH)
          : await remote.readLogsOfWorkers({ ...about, afterId });
      isNotKept = page === undefined;
      afterId = page?.at(-1)?.id ?? afterId;
      return page ?? [];
    },
  };
}

function isReplica(storage: StoragePort): storage is Replica {
  return "readLogsOfWorkers" in storage;
}
