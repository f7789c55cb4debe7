import { isOwned, isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import type { CliIo } from "../io.js";
import { type BackendOptions, remoteBackend } from "./chosen-backend.js";

/**
 * Whether a run waits for a worker that decides it: it is unfinished, and has no worker, or one
 * that is gone. It need not be resumed.
 */
export function isQueued(io: CliIo, options: BackendOptions, run: StoredRun): boolean {
  if (run.status !== "running" || run.backend !== undefined) return false;
  if (isOwned(run) || isQuarantined(run)) return false;
  return remoteBackend(io, options)?.kind === "postgres";
}
