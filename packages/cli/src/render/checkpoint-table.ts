import type { CheckedCheckpoint } from "@automatosx/workflow/observe";
import type { Output } from "../Output.js";
import { shortId } from "./short-id.js";
import { table } from "./table.js";
import { instant } from "./words.js";

/** Returns the lines of a table of checkpoints, newest first. */
export function checkpointTable(out: Output, checkpoints: readonly CheckedCheckpoint[]): string[] {
  const rows = checkpoints.map(
    ({ checkpointId, kind, name, createdAt, completedCount, seq, damage }) => [
      shortId(checkpointId),
      kind,
      String(completedCount),
      String(seq),
      instant(createdAt),
      damage === undefined ? (name ?? "") : `damaged: ${damage}`,
    ],
  );
  return table(out, ["CHECKPOINT", "KIND", "COMPLETED", "EVENT", "WRITTEN", "NAME"], rows);
}
