import { navigate } from "../shell/location.js";
import { type RunFilter, writeFilter } from "./run-filter.js";

/** Shows the runs of another filter, from its first page. What is being typed adds no history. */
export function showRuns(filter: RunFilter, isTyped = false): void {
  navigate(`/runs${writeFilter({ ...filter, cursors: [] })}`, { replace: isTyped });
}
