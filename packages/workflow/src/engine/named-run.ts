import { isDeepStrictEqual } from "node:util";
import { definitionChanges, describeChanges } from "@automatosx/run-view";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { invisibleCharacterIn } from "@automatosx/schemas/visible-text";
import { quoted } from "@automatosx/source";
import { describeValue } from "../checks/describe-value.js";
import { WorkflowError } from "../errors.js";
import { presentOf } from "../journal/present-values.js";
import { HALF_REMOVED } from "../storage/half-removed.js";
import { runExists } from "../storage/run-exists.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";

/**
 * The pattern of ids that a caller may choose: none of the characters is special in a path, a shell
 * or an idempotency key.
 */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The workflow, inputs and context of a start. A start with the same id and a different identity is
 * refused.
 */
export interface StartIdentity {
  readonly definitionHash: string;
  readonly definition: WorkflowDefinition;
  readonly inputs: object;
  readonly context: object;
}

/** Throws `invalid_argument` if the id is not a valid run id. */
export function runIdCheck(runId: unknown): void {
  if (typeof runId === "string" && RUN_ID.test(runId)) return;
  const invisible = typeof runId === "string" ? invisibleCharacterIn(runId) : undefined;
  const why = invisible === undefined ? "" : `: it contains ${invisible}`;
  const shown = typeof runId === "string" ? quoted(runId) : describeValue(runId);
  throw new WorkflowError("invalid_argument", `${shown} is not a valid run id${why}.`, {
    remedy:
      "Use a letter or a digit, then up to 99 letters, digits, `.`, `_` or `-`: " +
      "`nightly-2026-03-01`.",
  });
}

/** Throws `run_exists` unless the stored run has the same workflow, inputs and context. */
export function assertSameStart(
  storage: StoragePort,
  stored: StoredRun,
  asked: StartIdentity,
): void {
  if (stored.errorCode === HALF_REMOVED)
    throw runExists(
      stored.runId,
      "is being removed; its id can be used again once the removal is complete",
    );
  // An amendment may have changed the definition of a run, and its inputs.
  const has = stored.currentDefinitionHash === undefined ? stored : presentOf(storage, stored);
  const differences = [
    ...(has.definitionHash === asked.definitionHash
      ? []
      : [
          otherWorkflow(
            storage,
            { workflowId: stored.workflowId, definitionHash: has.definitionHash },
            asked.definition,
          ),
        ]),
    ...(isDeepStrictEqual(has.inputs, asked.inputs) ? [] : ["other inputs"]),
    ...(isDeepStrictEqual(has.context, asked.context) ? [] : ["another context"]),
  ];
  const how = stored.currentDefinitionHash === undefined ? "was started with" : "now has";
  if (differences.length > 0) throw runExists(stored.runId, `${how} ${differences.join(" and ")}`);
}

function otherWorkflow(
  storage: Pick<StoragePort, "getWorkflow">,
  { definitionHash, workflowId }: Pick<StoredRun, "definitionHash" | "workflowId">,
  asked: WorkflowDefinition,
): string {
  if (workflowId !== asked.id) return `another workflow, ${quoted(workflowId)}`;
  const stored = storage.getWorkflow(definitionHash);
  const changes =
    stored && definitionChanges(JSON.parse(stored.definition) as WorkflowDefinition, asked);
  const what = changes === undefined ? "" : ` (what differs: ${describeChanges(changes)})`;
  return `another version of the workflow${what}`;
}

/**
 * Settles when the start of the run is durable; with false if another engine started a run with
 * this id.
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
