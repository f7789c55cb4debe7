import type { RunStatus } from "@automatosx/schemas";
import {
  type Metrics,
  openQuestions,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";

/** How a run ended or paused, as its journal records it. */
export function endingOf<Status extends RunStatus>(runId: string, status: Status, run: RunView) {
  const { error, errorCode, pausedFor } = run;
  const waitsFor = openQuestions(run).map(({ stepId }) => stepId);
  return {
    runId,
    status,
    results: run.results(),
    metrics: run.metrics() satisfies Metrics,
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    ...(pausedFor !== undefined && { pausedFor }),
    ...(waitsFor.length > 0 && { waitsFor }),
  };
}

/** How a stored run has ended or paused; undefined while it is running. */
export function storedEnding(storage: StoragePort, runId: string) {
  const { view } = RunReader.open(storage, runId).catchUp();
  const { status } = view;
  return status === "running" ? undefined : { view, ending: endingOf(runId, status, view) };
}
