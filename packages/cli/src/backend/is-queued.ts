import { isOwned, isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import type { CliIo } from "../io.js";
import { type BackendOptions, remoteBackend } from "./chosen-backend.js";

/**
 * Whether a run waits for a worker that decides it: it is unfinished, and nobody has it, or only a
 * worker that is gone. Nobody needs to resume it.
 */
export function isQueued(io: CliIo, options: BackendOptions, run: StoredRun): boolean {
  if (run.status !== "running" || run.backend !== undefined) return false;
  if (isOwned(run) || isQuarantined(run)) return false;
  return remoteBackend(io, options)?.kind === "postgres";
}
