import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** How deep below the served folder workflow files are looked for. */
const MAX_DEPTH = 5;
/** How many entries of folders are looked at. */
const MAX_ENTRIES = 5000;
/** How many files are named. */
const MAX_FILES = 200;
/** A larger file is no workflow, in bytes. */
export const MAX_BYTES = 1024 * 1024;

const NAME = /\.(ya?ml|json)$/i;
const SKIPPED = new Set(["node_modules", "dist", "build", "vendor"]);

/** The steps of a workflow, as a key of YAML or JSON. */
const STEPS = /^\s*\{?\s*["']?steps["']?\s*:|["']steps["']\s*:/m;
/** What only a file of test cases has. */
const CASES = /^["']?(cases|tests)["']?\s*:/m;

/** Whether a file may be a workflow by its name: the folder of a server contains other files. */
export function hasWorkflowName(path: string): boolean {
  const parts = path.split(/[\\/]/);
  return NAME.test(path) && parts.every((part) => !part.startsWith(".") || part === ".");
}

/** Whether a text may be a workflow; a reader finds out whether it is a valid one. */
export function looksLikeWorkflow(text: string): boolean {
  return STEPS.test(text) && !CASES.test(text);
}

/**
 * Returns the paths of the files below a folder that look like workflows, relative to it, sorted.
 * Looks at a limited number of files, and follows no link.
 */
export async function findWorkflowFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  let entriesLeft = MAX_ENTRIES;
  const look = async (place: string, depth: number): Promise<void> => {
    const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      entriesLeft -= 1;
      if (entriesLeft < 0 || found.length >= MAX_FILES) return;
      if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
      const path = join(place, entry.name);
      if (entry.isDirectory() && depth < MAX_DEPTH) await look(path, depth + 1);
      else if (entry.isFile() && NAME.test(entry.name) && (await isWorkflow(path)))
        found.push(relative(folder, path));
    }
  };
  await look(folder, 0);
  return found.sort();
}

async function isWorkflow(path: string): Promise<boolean> {
  try {
    const { size } = await stat(path);
    return size <= MAX_BYTES && looksLikeWorkflow(await readFile(path, "utf8"));
  } catch {
    // It is gone, or not ours to read.
    return false;
  }
}
