// The repository's handwritten files. All others are installed, built or measured.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./request.mjs";

const NOT_OURS = new Set(["node_modules", "dist", "lib", "coverage", "test-results"]);
const WRITTEN = new Set([".res", ".ts", ".mjs", ".js", ".sql", ".yaml", ".json", ".md"]);
// packages/workflow has a copy of the migrations.
const GENERATED =
  /^packages\/workflow\/migrations\/|\.res\.js$|\.gen\.ts$|^pnpm-lock\.yaml$|^gate-report\.json$/;

/** The paths of these files, relative to the root and sorted. */
export function listSources(folder = "") {
  const found = readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory())
      return NOT_OURS.has(entry.name) || entry.name.startsWith(".") ? [] : listSources(name);
    return entry.isFile() && WRITTEN.has(path.extname(name)) && !GENERATED.test(name) ? [name] : [];
  });
  return found.sort();
}

export function readSource(name) {
  return readFileSync(path.join(root, name), "utf8");
}

export function countLines(text) {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** The kind under which the size table lists a file. */
export function kindOf(name) {
  if (/(^|\/)tests?\//.test(name)) return "tests";
  const kinds = {
    ".res": "ReScript",
    ".ts": "TypeScript",
    ".mjs": "JavaScript",
    ".js": "JavaScript",
    ".sql": "SQL",
    ".md": "documents",
  };
  return kinds[path.extname(name)] ?? "settings and data";
}
