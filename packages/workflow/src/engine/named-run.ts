import { isDeepStrictEqual } from "node:util";
import { WorkflowError } from "../errors.js";
import { runExists } from "../storage/run-exists.js";
import type { StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";

/** What a caller may call a run: nothing that a path, a shell, or the slashes of an idempotency key would read more into. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What a run was begun with, and has to be begun with again to be the same. */
export interface StartIdentity {
  readonly definitionHash: string;
  readonly inputs: object;
  readonly context: object;
}

/** `invalid_argument` for an id that a run cannot have. */
export function checkRunId(runId: unknown): asserts runId is string {
  if (typeof runId === "string" && RUN_ID.test(runId)) return;
  throw new WorkflowError("invalid_argument", `\`${String(runId)}\` cannot be the id of a run.`, {
    remedy:
      "Take a letter or a digit, then letters, digits, `.`, `_` and `-`, 100 at most: `nightly-2026-03-01`.",
  });
}

/** `run_exists` when the run of an id was begun with something else: to go on with it would not be what was asked for. */
export function assertSameStart(stored: StoredRun, asked: StartIdentity): void {
  if (stored.errorCode === "run_removed")
    throw runExists(stored.runId, "is being removed; its id is free once that is through");
  const differences = [
    ...(stored.definitionHash === asked.definitionHash
      ? []
      : ["another workflow, or another version of it"]),
    ...(isDeepStrictEqual(stored.inputs, asked.inputs) ? [] : ["other inputs"]),
    ...(isDeepStrictEqual(stored.context, asked.context) ? [] : ["another context"]),
  ];
  if (differences.length > 0)
    throw runExists(stored.runId, `was begun with ${differences.join(" and ")}`);
}

/** Settles when the run's beginning is on disk: false when another process has begun a run of its id. */
export async function wonStart(run: ActiveRun): Promise<boolean> {
  try {
    await run.durable();
    return true;
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "run_exists") return false;
    throw error;
  }
}
