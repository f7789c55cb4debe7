import { WorkflowError } from "../errors.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { isGeneratedRunId } from "./run-id.js";

/** The most runs that `StoragePort.findRuns` returns: a full page may leave others out. */
const FOUND_RUN_LIMIT = 10;

/**
 * Finds the run with this id, or with this unique part of a generated id. Where several ids contain
 * the part, the one that ends with it is meant, since people are shown the last characters of an
 * id. An id that a caller chose is only found whole: it is often the beginning of another.
 *
 * @throws WorkflowError `run_not_found`, `run_ambiguous`
 */
export function findRun(storage: StoragePort, idOrPart: string): StoredRun {
  const exact = storage.getRun(idOrPart);
  if (exact !== undefined) return exact;
  const page = storage.findRuns(idOrPart);
  const found = page.filter(({ runId }) => isGeneratedRunId(runId));
  const ending = found.filter(({ runId }) => runId.endsWith(idOrPart));
  const candidates = ending.length > 0 ? ending : found;
  const [run] = candidates;
  if (run !== undefined && candidates.length === 1 && page.length < FOUND_RUN_LIMIT) return run;
  if (page.length < FOUND_RUN_LIMIT && run === undefined) {
    throw new WorkflowError("run_not_found", `Run \`${idOrPart}\` does not exist.`, {
      remedy: "List the runs of the database; any unique part of an id is accepted.",
    });
  }
  const ids = candidates.map(({ runId }) => runId).join(", ");
  throw new WorkflowError(
    "run_ambiguous",
    `\`${idOrPart}\` is part of several run ids${ids === "" ? "" : `: ${ids}`}.`,
    { remedy: "Give more of the id." },
  );
}
