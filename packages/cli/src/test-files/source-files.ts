import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathExists } from "@automatosx/workflow/checks";
import type { Case } from "./Case.js";

/**
 * A file that a workflow or a test file names: by `include`, `workflow`, `file`, or a task's file.
 */
const NAMED_FILE = /["']?\b(?:include|workflow|file)["']?\s*:\s*["']?([^\s"'{}[\],]+)/gu;

/** The files whose text may name others. */
const SOURCE = /\.(?:ya?ml|json)$/u;

/** Returns the absolute paths of all files that decide how cases go. */
export function sourceFiles(testFiles: readonly string[], cases: readonly Case[]): Set<string> {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    if (!SOURCE.test(path)) return;
    for (const [, named = ""] of readText(path).matchAll(NAMED_FILE)) {
      const other = resolve(dirname(path), named);
      // A word that only looks like the name of a file names none.
      if (pathExists(other)) add(other);
    }
  };
  for (const path of testFiles) add(path);
  for (const { workflow, files, actions } of cases) {
    add(workflow);
    for (const file of Object.values(files)) add(file);
    for (const { amend } of actions) if (amend !== undefined) add(amend);
  }
  return found;
}

/** A file that is missing, or is just being replaced, has no text. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
