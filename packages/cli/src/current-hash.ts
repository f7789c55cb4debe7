import type { StoredRun } from "@automatosx/workflow/observe";

/** The hash of the definition that a run has now: an amendment may have replaced its first one. */
export function currentHash({
  definitionHash,
  currentDefinitionHash = definitionHash,
}: Pick<StoredRun, "definitionHash" | "currentDefinitionHash">): string {
  return currentDefinitionHash;
}
