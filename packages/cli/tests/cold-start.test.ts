import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { BIN } from "./harness/axw.js";

const CHUNKS = join(dirname(BIN), "chunks", "shared");

/** The packages that a chunk of the program imports as it is loaded, directly or through others. */
function packagesOf(chunk: string): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(join(CHUNKS, name), "utf8");
    for (const [, path = ""] of text.matchAll(/^import (?:.* from )?"([^"]+)";$/gm))
      if (path.startsWith("./")) visit(path.slice(2));
      else if (path.startsWith("@automatosx/")) packages.add(path);
  };
  visit(chunk);
  return [...packages].toSorted();
}

test.each(["show", "list", "events", "why"])(
  "axw %s loads neither the engine nor the reader of workflow files",
  (verb) => {
    const allowed = ["errors", "observe", "run-view", "terminal-text"];
    expect(packagesOf(`${verb}.js`)).toEqual(allowed.map((name) => `@automatosx/workflow/${name}`));
  },
);
