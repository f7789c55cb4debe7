import { createHash } from "node:crypto";
import type { WorkflowDefinition } from "@automatosx/schemas";
import canonicalize from "canonicalize";

/**
 * The SHA-256, in hex, of the normalised definition as RFC 8785 JSON, so that the order of keys
 * does not matter. A run is pinned to the hash of its definition.
 */
export function hashDefinition(definition: WorkflowDefinition): string {
  return createHash("sha256")
    .update(canonicalize(definition) ?? "")
    .digest("hex");
}
