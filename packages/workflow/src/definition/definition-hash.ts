import { createHash } from "node:crypto";
import type { WorkflowDefinition } from "@automatosx/schemas";
import canonicalize from "canonicalize";

/** What a run is pinned to: sha-256, in hex, of the normalised definition as RFC 8785 JSON. The order of keys plays no part. */
export function hashDefinition(definition: WorkflowDefinition): string {
  return createHash("sha256")
    .update(canonicalize(definition) ?? "")
    .digest("hex");
}
