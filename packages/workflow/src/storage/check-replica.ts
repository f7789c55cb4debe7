import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../errors.js";
import { journalDiverged, replicaGap } from "./backend-run.js";
import { HALF_REMOVED } from "./half-removed.js";
import type { ReplicaPart } from "./ReplicaPart.js";
import { runExists } from "./run-exists.js";
import { runOrigin } from "./run-row.js";
import type { StoredRun } from "./stored-rows.js";

/** What every storage checks before it adds a part of a run to its copy. */

/** Creates the error for a part of a run of which no part was added before. */
export function noCopy(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `This database has no copy of run ${runId} yet.`, {
    runId,
    remedy: "Send the part with which the run began first.",
    suggestion: { action: "list_runs" },
  });
}

/**
 * Throws `run_exists` or `journal_diverged` if a stored run is not the copy that a part belongs to.
 * `origin` is the hash with which its journal begins.
 */
export function assertCopy(
  { runId, backend, newRun }: ReplicaPart,
  stored: Pick<StoredRun, "backend" | "errorCode">,
  origin: string | undefined,
): void {
  if (stored.errorCode === HALF_REMOVED) throw runExists(runId, "is being removed");
  const isSame = newRun === undefined || runOrigin(newRun).hash === origin;
  if (stored.backend === backend && isSame) return;
  if (stored.backend === backend)
    throw journalDiverged(runId, `${backend} began it with another definition, input or instant`);
  throw isSame
    ? journalDiverged(
        runId,
        `an engine of this database has adopted it, but ${backend} still executes it`,
      )
    : runExists(runId, `is not a copy from ${backend}`);
}

/** Throws `internal` if the entries of a part leave a gap, after the end of the copy or within. */
export function assertFollows({ runId, afterSeq, entries }: ReplicaPart, end: number): void {
  if (afterSeq > end) throw replicaGap(runId, afterSeq, end);
  const isNext = (entry: JournalEntry, at: number): boolean =>
    entry.runId === runId && entry.seq === afterSeq + 1 + at;
  if (entries.every(isNext)) return;
  throw new WorkflowError(
    "internal",
    `Run ${runId}: the entries of a part do not follow entry ${afterSeq} one by one.`,
    { runId },
  );
}

/** Returns the chunks of a part that the copy, which has `count`, lacks. Throws `internal`. */
export function freshChunks(
  runId: string,
  { after, chunks }: NonNullable<ReplicaPart["logs"]>,
  count: number,
): NonNullable<ReplicaPart["logs"]>["chunks"] {
  if (after <= count) return chunks.slice(count - after);
  throw new WorkflowError(
    "internal",
    `Run ${runId}: chunk ${after + 1} of its logs does not follow chunk ${count}.`,
    { runId },
  );
}

/** Creates the error for an entry that differs from the one in the copy. */
export function entryDiffers({ runId, backend }: ReplicaPart, entry: JournalEntry): WorkflowError {
  const which = `entry ${entry.seq} from ${backend} (${entry.type})`;
  return journalDiverged(runId, `${which} differs from the one in its copy`);
}

/** Throws `journal_diverged` if a stored checkpoint belongs to another run than its part. */
export function assertOwnCheckpoint(
  runId: string,
  stored: { readonly checkpointId: string; readonly runId: string } | undefined,
): void {
  if (stored !== undefined && stored.runId !== runId)
    throw journalDiverged(
      runId,
      `its checkpoint ${stored.checkpointId} belongs to run ${stored.runId}`,
    );
}
