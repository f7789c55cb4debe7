import type { WorkflowDefinition } from "@automatosx/schemas";
import { resolveInputs } from "../../definition/resolve-inputs.js";
import type { AttemptRequest } from "../../drive/attempt-request.js";
import { type RenderOptions, renderRequest, requestValues } from "../../drive/render-request.js";
import { WorkflowError } from "../../errors.js";
import type { StoredDefinition } from "../../storage/StoragePort.js";
import { copyAsJson } from "../validate-options.js";

/** What a step runs as a run of its own. */
export interface Child {
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Returns what an attempt runs; a text says why its inputs cannot be rendered. Throws
 * `invalid_input`, and `journal_damaged` if the definition is not stored.
 */
export function readChild(
  request: AttemptRequest,
  storedOf: (hash: string) => StoredDefinition | undefined,
  options: RenderOptions = {},
): Child | string {
  const { hash = "", workflowId } = request.workflow ?? {};
  const rendered = renderRequest(request, requestValues(request, options), options);
  if (!rendered.ok) return rendered.error;
  const stored = storedOf(hash);
  if (stored === undefined)
    throw new WorkflowError(
      "journal_damaged",
      `The definition ${hash} of the workflow ${workflowId} is not stored.`,
      { runId: request.runId },
    );
  const definition = JSON.parse(stored.definition) as WorkflowDefinition;
  const inputs = resolveInputs(definition.inputs, rendered.parts.with ?? {});
  return { stored, definition, inputs: copyAsJson(inputs, "inputs") };
}
