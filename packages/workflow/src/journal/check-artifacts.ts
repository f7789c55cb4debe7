import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../errors.js";
import { referencedArtifacts } from "../storage/referenced-artifacts.js";
import type { StoragePort } from "../storage/StoragePort.js";

/**
 * Checks the large result and the files to which a journal entry refers.
 *
 * @throws WorkflowError `journal_damaged` if one of them is missing or does not match its hash
 */
export function checkArtifacts(
  storage: Pick<StoragePort, "getArtifact">,
  entry: JournalEntry,
): void {
  for (const sha256 of referencedArtifacts(entry)) {
    const content = storage.getArtifact(sha256);
    if (content !== undefined && hash("sha256", content, "hex") === sha256) continue;
    throw new WorkflowError(
      "journal_damaged",
      `Run ${entry.runId}: the result of step ${entry.stepId}, to which journal entry ` +
        `${entry.seq} refers, ${content === undefined ? "is missing" : "does not match its hash"}.`,
    );
  }
}
