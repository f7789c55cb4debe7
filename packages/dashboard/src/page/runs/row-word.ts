import { type RunWord, runWord } from "@automatosx/run-view";
import type { RunRow } from "../../api/common.schema.js";

/** The status of a run in one word, as the command line says it. */
export function rowWord({
  status,
  isOrphaned,
  damage,
}: Pick<RunRow, "status" | "isOrphaned" | "damage">): RunWord {
  return runWord({ status, ownerState: isOrphaned ? "gone" : "alive", damage });
}
