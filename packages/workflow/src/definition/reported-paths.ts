import { KEY_ISSUES, type Path } from "@automatosx/source";
import type { CheckPlace } from "./check-place.js";
import { isMisspeltInputKey } from "./input-keys.js";

/** An issue of Zod, as far as it has a place. */
interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
  readonly keys?: readonly string[];
}

/**
 * Returns whether the schema of the file reported something at a path of an input, or below it, so
 * that no other check reports it again.
 */
export function reportedInputs(issues: readonly SchemaIssue[]): (path: Path) => boolean {
  const reported = new Set<string>();
  for (const path of pathsOf(issues, []))
    if (path[0] === "inputs" && path.length >= 3) reported.add(keyOf(path.slice(0, 3)));
  return (path) => reported.has(keyOf(path));
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function* pathsOf(issues: readonly SchemaIssue[], base: Path): Generator<Path, void, undefined> {
  for (const { path, errors, keys } of issues) {
    const at = [...base, ...(path as Path)];
    yield at;
    // An unknown keyword of a schema is left to the check of schemas.
    for (const key of keys ?? []) if (isMisspeltInputKey(key)) yield [...at, key];
    for (const alternative of errors ?? []) yield* pathsOf(alternative, at);
  }
}

/** Reports the first issue of the schema that no check has put into words. */
export function addUnexplained(
  [first]: readonly (SchemaIssue & { readonly message: string })[],
  { issues, tree }: CheckPlace,
): void {
  if (first === undefined) return;
  const path = first.path as Path;
  issues.add(KEY_ISSUES.invalidValue, path, tree.locate(path), first.message);
}
