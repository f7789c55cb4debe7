import type { Workflow } from "../../api/workflow.schema.js";

/** Which text is shown. */
export interface ShownSource {
  /** `disk`, the hash of a stored version, or `change`. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
}

/** Reads from the address which text is shown; what does not exist falls back to what does. */
export function shownSource(
  { onDisk, stored }: Pick<Workflow, "onDisk" | "stored">,
  search: URLSearchParams,
): ShownSource {
  const newest = stored[0]?.hash ?? "disk";
  const known = (hash: string | null): string | undefined =>
    hash !== null && ((hash === "disk" && onDisk !== null) || stored.some((v) => v.hash === hash))
      ? hash
      : undefined;
  const fallback = onDisk === null ? newest : "disk";
  const to = known(search.get("to")) ?? fallback;
  // A file that did not change since its last run is compared with the version before.
  const isNewest = to === newest || (to === "disk" && onDisk?.isSameAsLast === true);
  const from = known(search.get("from")) ?? (isNewest ? (stored[1]?.hash ?? to) : newest);
  const asked = search.get("source");
  const source = asked === "change" && from !== to ? "change" : (known(asked) ?? fallback);
  return { source, from, to };
}
