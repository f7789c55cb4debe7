import { LEASE_GRACE_MS, ownerState, type StoredRun } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "./Output.js";
import { shortId } from "./render/short-id.js";

/**
 * Prints that the next request for the run waits, if it does: the lease of the run has expired, but
 * its owner may be suspended. Returns whether it waits.
 */
export function announceWait(out: Output, run: StoredRun | undefined): boolean {
  if (run?.owner === undefined || ownerState(run) !== "expired") return false;
  const { pid, host } = run.owner;
  out.line(
    `Run ${shortId(run.runId)} belongs to process ${pid} on ${cleanLine(host)}, which no longer ` +
      `renews its lease. Waiting ${LEASE_GRACE_MS / 1000} s in case it continues …`,
  );
  return true;
}
