import type { StoredRun } from "@automatosx/workflow/observe";
import type { CliIo } from "../io.js";
import { type BackendOptions, remoteBackend } from "./chosen-backend.js";

/** Whether a run waits for a worker that decides it: it is unfinished, and nothing has it. */
export function isQueued(
  io: CliIo,
  options: BackendOptions,
  { status, owner, backend, failedRecoveries }: StoredRun,
): boolean {
  if (status !== "running" || owner !== undefined || backend !== undefined) return false;
  return failedRecoveries === 0 && remoteBackend(io, options)?.kind === "postgres";
}
