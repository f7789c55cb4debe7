import { isDeepStrictEqual } from "node:util";
import { WorkflowError } from "../errors.js";
import { runExists } from "../storage/run-exists.js";
import type { StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";

/** An id that a caller may choose: no path, shell or idempotency key reads more into it. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What a run was started with. A start with the same id and another identity is refused. */
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
      "Use a letter or a digit, then up to 99 letters, digits, `.`, `_` or `-`: " +
      "`nightly-2026-03-01`.",
  });
}

/** `run_exists` unless the stored run was started with the same workflow, inputs and context. */
export function assertSameStart(stored: StoredRun, asked: StartIdentity): void {
  if (stored.errorCode === "run_removed")
    throw runExists(stored.runId, "is being removed; its id is free once that is done");
  const differences = [
    ...(stored.definitionHash === asked.definitionHash
      ? []
      : ["another workflow, or another version of it"]),
    ...(isDeepStrictEqual(stored.inputs, asked.inputs) ? [] : ["other inputs"]),
    ...(isDeepStrictEqual(stored.context, asked.context) ? [] : ["another context"]),
  ];
  if (differences.length > 0)
    throw runExists(stored.runId, `was started with ${differences.join(" and ")}`);
}

/**
 * Settles when the run's beginning is durable: false if another engine started a run of this id.
 */
export async function wonStart(run: ActiveRun): Promise<boolean> {
  try {
    await run.durable();
    return true;
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "run_exists") return false;
    throw error;
  }
}
