import { isOwned, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import { shortId } from "../render/short-id.js";
import { namesOf } from "../simulation-note.js";
import { type NextLine, next } from "./actions.js";

/**
 * The cancelled child runs of a run that has ended, at any depth, whose handlers no process runs.
 */
export function handlersLeft(
  storage: StoragePort,
  { runId, status }: Pick<StoredRun, "runId" | "status">,
): readonly StoredRun[] {
  return status === "completed" || status === "cancelled" ? leftBelow(storage, runId) : [];
}

function leftBelow(storage: StoragePort, runId: string): readonly StoredRun[] {
  return storage
    .listChildRuns(runId)
    .flatMap((run) => [
      ...(run.status === "running" && !isOwned(run) ? [run] : []),
      ...leftBelow(storage, run.runId),
    ]);
}

/** Says that these runs have handlers left to run. */
export function handlersLeftText(left: readonly StoredRun[]): string {
  return `the on.always of ${namesOf(left.map(({ runId }) => shortId(runId)))} has not run yet`;
}

/** The lines that run their handlers. */
export function linesForHandlers(left: readonly StoredRun[]): readonly NextLine[] {
  return left.map(({ runId }) => next("run_handlers", "cancelled", { run: shortId(runId) }));
}
