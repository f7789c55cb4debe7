import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./write-page.ts";

/** One exported name, as its declaration file has it. */
export interface Declaration {
  readonly name: string;
  /** The module that the package's index exports it from: `./engine/WorkflowEngine.js`. */
  readonly module: string;
  readonly kind: "class" | "function" | "const" | "interface" | "type";
  /** The doc comment as plain text; empty when there is none. */
  readonly doc: string;
  readonly code: string;
}

const RE_EXPORT = /^export (?:type )?\{([^}]*)\} from ["']([^"']+)["'];/gm;

interface Package {
  readonly folder: string;
  readonly declarations: string;
}

const PACKAGES: Readonly<Record<string, Package>> = {
  "@automatosx/workflow": { folder: "packages/workflow", declarations: "dist" },
  "@automatosx/agents": { folder: "packages/agents", declarations: "dist" },
  "@automatosx/langgraph": { folder: "packages/langgraph", declarations: "dist" },
  "@automatosx/schemas": { folder: "packages/schemas", declarations: "dist" },
  "@automatosx/rescript-core": { folder: "packages/rescript-core", declarations: "dist/types/src" },
};

/** What a package's index file exports, in its order; a name that is a schema and a type is there once. */
export function readExports(packageName: string): Declaration[] {
  const { folder, declarations } = packageOf(packageName);
  const source = readFileSync(path.join(root, folder, "src", "index.ts"), "utf8");
  const found = new Map<string, Declaration>();
  for (const [, names = "", module = ""] of source.matchAll(RE_EXPORT)) {
    const file = path.join(root, folder, declarations, module.replace(/\.js$/, ".d.ts"));
    for (const { original, alias } of namesIn(names)) {
      if (!found.has(alias))
        found.set(alias, { ...readDeclaration(file, original), name: alias, module });
    }
  }
  return [...found.values()];
}

function namesIn(list: string): { original: string; alias: string }[] {
  return list.split(",").flatMap((entry) => {
    const [original = "", alias = original] = entry
      .trim()
      .replace(/^type /, "")
      .split(" as ");
    return original === "" ? [] : [{ original, alias }];
  });
}

function packageOf(name: string): Package {
  const found = PACKAGES[name];
  if (found === undefined)
    throw new Error(`scripts/reference does not know the package ${name}; add it to PACKAGES.`);
  return found;
}

function readDeclaration(file: string, name: string): Omit<Declaration, "module"> {
  if (!existsSync(file))
    throw new Error(`${path.relative(root, file)} is missing: run \`npm run build\` first.`);
  const lines = readFileSync(file, "utf8").split("\n");
  const start = lines.findIndex((line) =>
    new RegExp(
      `^export (?:declare )?(?:abstract )?(?:class|function|const|interface|type) ${name}\\b`,
    ).test(line),
  );
  if (start === -1) return followReExport(file, lines, name);
  const [, kind] = /(class|function|const|interface|type) /.exec(lines[start] ?? "") ?? [];
  const code = lines
    .slice(start, endOf(lines, start) + 1)
    .filter((line) => !/^ {4}(#private;|private constructor)/.test(line));
  return {
    name,
    kind: kind as Declaration["kind"],
    doc: docBefore(lines, start),
    code: code.join("\n").replace(/^export (declare )?/, ""),
  };
}

// The face of another package stands for the declaration: its index says where to look.
function followReExport(
  file: string,
  lines: readonly string[],
  name: string,
): Omit<Declaration, "module"> {
  for (const [, names = "", from = ""] of lines.join("\n").matchAll(RE_EXPORT)) {
    const wanted = namesIn(names).find(({ alias }) => alias === name);
    if (wanted === undefined) continue;
    if (from.startsWith("."))
      return readDeclaration(
        path.join(path.dirname(file), from.replace(/\.js$/, ".d.ts")),
        wanted.original,
      );
    const { folder, declarations } = packageOf(from);
    return readDeclaration(path.join(root, folder, declarations, "index.d.ts"), wanted.original);
  }
  throw new Error(`${path.relative(root, file)} declares no \`${name}\`.`);
}

function endOf(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let index = start; index < lines.length; index += 1) {
    for (const character of (lines[index] ?? "").replace(/\/\*\*?.*?\*\/|"(?:[^"\\]|\\.)*"/g, "")) {
      if ("{([".includes(character)) depth += 1;
      if ("})]".includes(character)) depth -= 1;
    }
    if (depth === 0 && /[;}]\s*$/.test(lines[index] ?? "")) return index;
  }
  return start;
}

function docBefore(lines: readonly string[], start: number): string {
  if (lines[start - 1]?.trim().endsWith("*/") !== true) return "";
  let first = start - 1;
  while (first > 0 && lines[first]?.trim().startsWith("/**") !== true) first -= 1;
  const text = lines
    .slice(first, start)
    .map((line) => line.trim().replace(/^\/\*\*\s?|\s?\*\/$|^\*\s?/g, ""));
  return text.join("\n").trim();
}
