import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CheckerLike } from "./random-programs.js";

/** A mistake that is put into one compiled module of the checker. */
export interface Hole {
  readonly name: string;
  readonly module: string;
  readonly from: RegExp;
  readonly to: string;
}

export const HOLES: readonly Hole[] = [
  {
    name: "takes what one side of `||` shows for shown",
    module: "CheckScope",
    from: /if \(a !== undefined && b !== undefined\) \{/,
    to: "if (a === undefined) return b; if (b === undefined) return a; {",
  },
  {
    name: "reads a property of a union that one alternative has",
    module: "PathType",
    from: /mayBeAbsent: readings\.some\(/,
    to: "mayBeAbsent: readings.every(",
  },
  {
    name: "forgets in `default` that the parent of a property may be absent",
    module: "Checker",
    from: /mayBeMissing: outer\.mayBeMissing \|\| (\S+) \|\| !isObject/,
    to: "mayBeMissing: $1",
  },
  {
    name: "keeps what is known of a name that a macro hides",
    module: "CheckScope",
    from: /facts: Belt_MapString\.keep\(scope\.facts, .*\)(,?)\n/,
    to: "facts: scope.facts$1\n",
  },
  {
    name: "takes `!has(x)` for `has(x)`",
    module: "Narrowing",
    from: /case "Has" :\s+if \(holds\) \{/,
    to: 'case "Has" : if (true) {',
  },
];

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Calls `use` with a copy of the checker that has the hole. */
export async function withHole<T>(
  { name, module, from, to }: Hole,
  use: (checker: CheckerLike) => T,
): Promise<T> {
  const folder = await mkdtemp(path.join(packageRoot, "node_modules", ".planted-"));
  try {
    const compiled = path.join(packageRoot, "src/expressions");
    for (const name of await readdir(compiled))
      if (name.endsWith(".res.js")) await cp(path.join(compiled, name), path.join(folder, name));
    const file = path.join(folder, `${module}.res.js`);
    const text = await readFile(file, "utf8");
    const holed = text.replace(from, to);
    if (holed === text) throw new Error(`${name}: the text to replace is not in ${module}.res.js`);
    await writeFile(file, holed);
    const url = pathToFileURL(path.join(folder, "Checker.res.js")).href;
    return use((await import(/* @vite-ignore */ url)) as CheckerLike);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
