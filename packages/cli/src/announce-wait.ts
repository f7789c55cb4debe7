import {
  LEASE_GRACE_MS,
  ownerState,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "./Output.js";
import { shortId } from "./render/short-id.js";

/**
 * Prints that the next request for the run waits, if it does: the lease of the run has expired, but
 * its owner may be suspended. Returns whether it waits.
 */
export function announceWait(
  out: Output,
  run: StoredRun | undefined,
  { leaseGraceMs: graceMs = LEASE_GRACE_MS }: Pick<StoragePort, "leaseGraceMs">,
): boolean {
  if (run?.owner === undefined || ownerState(run) !== "expired" || graceMs === 0) return false;
  const { pid, host } = run.owner;
  out.line(
    `Run ${shortId(run.runId)} belongs to process ${pid} on ${cleanLine(host)}, which no longer ` +
      `renews its lease. Waiting ${graceMs / 1000} s in case it continues …`,
  );
  return true;
}
