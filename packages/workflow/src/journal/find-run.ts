import { isGeneratedRunId } from "@automatosx/run-view";
import { text } from "../checks/option-checks.js";
import { WorkflowError } from "../errors.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/**
 * The maximum number of runs that `StoragePort.findRuns` returns. If it returns this many, there
 * may be others.
 */
const FOUND_RUN_LIMIT = 10;

/**
 * Finds the run with this id, or the run whose generated id contains this part. If several ids
 * contain the part, the one that ends with it is used, because the output shows the last characters
 * of ids. The id of a child run may begin with a part of that of its parent: `7fk2aa.audit`. An id
 * chosen by a caller must match in full, because it is often a prefix of another.
 *
 * @throws WorkflowError `run_not_found`, `run_ambiguous`
 */
export function findRun(storage: StoragePort, idOrPart: string): StoredRun {
  text(idOrPart, "The run id");
  const exact = storage.getRun(idOrPart) ?? findChildRun(storage, idOrPart);
  if (exact !== undefined) return exact;
  const page = storage.findRuns(idOrPart);
  const found = page.filter(({ runId }) => isGeneratedRunId(runId));
  const ending = found.filter(({ runId }) => runId.endsWith(idOrPart));
  const candidates = ending.length > 0 ? ending : found;
  const [run] = candidates;
  if (run !== undefined && candidates.length === 1 && page.length < FOUND_RUN_LIMIT) return run;
  if (page.length < FOUND_RUN_LIMIT && run === undefined) {
    throw new WorkflowError("run_not_found", `Run \`${idOrPart}\` does not exist.`, {
      remedy: "List the runs in the database; any unique part of a generated id is accepted.",
    });
  }
  const possible = candidates.length > 1 ? candidates : found;
  const ids = possible.map(({ runId }) => `\n  ${runId}`).join("");
  const more = page.length === FOUND_RUN_LIMIT ? "\n  …" : "";
  throw new WorkflowError(
    "run_ambiguous",
    `\`${idOrPart}\` is part of several run ids${ids === "" ? "." : `:${ids}${more}`}`,
    { remedy: "Specify more of the id." },
  );
}

// A generated id has no dot.
function findChildRun(storage: StoragePort, idOrPart: string): StoredRun | undefined {
  const dot = idOrPart.indexOf(".");
  if (dot < 1) return undefined;
  const ending = storage
    .findRuns(idOrPart.slice(0, dot))
    .filter(({ runId }) => isGeneratedRunId(runId) && runId.endsWith(idOrPart.slice(0, dot)));
  const [parent] = ending;
  return ending.length === 1 && parent !== undefined
    ? storage.getRun(`${parent.runId}${idOrPart.slice(dot)}`)
    : undefined;
}
