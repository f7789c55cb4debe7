import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { withPublicNames } from "./public-names.ts";
import { root } from "./write-page.ts";

/** One exported name, with its declaration. */
export interface Declaration {
  readonly name: string;
  /** The title of its group: the `// --- title` above it in the index file. */
  readonly group: string;
  /** The module that the index exports it from: `./engine/WorkflowEngine.js`. */
  readonly module: string;
  readonly kind: "class" | "function" | "const" | "interface" | "type";
  /** The doc comment as plain text, or an empty string. */
  readonly doc: string;
  readonly code: string;
  /** The file and line of its declaration. Exports with the same identity are the same thing. */
  readonly identity: string;
}

interface Entry {
  readonly folder: string;
  /**
   * The source of the index file, whose comments define the groups. Relative to the package's
   * folder.
   */
  readonly index: string;
  /** The folder of `.d.ts` files that mirrors `src`, relative to the package's folder. */
  readonly declarations: string;
}

const inDist = (folder: string, index = "src/index.ts"): Entry => ({
  folder,
  index,
  declarations: "dist",
});

/** Every import path that the reference describes. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  "@automatosx/workflow": inDist("packages/workflow"),
  "@automatosx/workflow/observe": inDist("packages/workflow", "src/observe/index.ts"),
  "@automatosx/workflow/sqlite": inDist("packages/workflow", "src/storage/sqlite/index.ts"),
  "@automatosx/workflow/storage": inDist("packages/workflow", "src/storage/index.ts"),
  "@automatosx/workflow/testing": inDist("packages/workflow", "src/testing/index.ts"),
  "@automatosx/workflow/programs": inDist("packages/workflow", "src/programs/index.ts"),
  "@automatosx/workflow/errors": inDist("packages/workflow", "src/errors.ts"),
  "@automatosx/workflow/checks": inDist("packages/workflow", "src/checks/index.ts"),
  "@automatosx/workflow/salvage": inDist("packages/workflow", "src/salvage/index.ts"),
  "@automatosx/workflow/terminal-text": inDist("packages/workflow", "src/terminal-text.ts"),
  "@automatosx/workflow/run-view": inDist("packages/run-view"),
  "@automatosx/workflow/source": inDist("packages/source"),
  "@automatosx/agents": inDist("packages/agents"),
  "@automatosx/agents/testing": inDist("packages/agents", "src/testing/index.ts"),
  "@automatosx/langgraph": inDist("packages/langgraph"),
  "@automatosx/backend-postgres": inDist("packages/backend-postgres"),
  "@automatosx/backend-restate": inDist("packages/backend-restate"),
  "@automatosx/schemas": inDist("packages/schemas"),
  "@automatosx/rescript-core": {
    folder: "packages/rescript-core",
    index: "src/index.ts",
    declarations: "dist/types/src",
  },
};

const RE_EXPORT = /export (type )?\{([^}]*)\} from ["']([^"']+)["'];/g;
const OWN_EXPORT = /export (?:abstract )?(class|function|const|interface|type) (\w+)/;
const GROUP_OR_EXPORT = new RegExp(
  `^// --- (.+)$|^${RE_EXPORT.source}|^${OWN_EXPORT.source}`,
  "gm",
);

/**
 * The exports of an import path, in the order of its index. A name that is both a schema and a type
 * appears once.
 */
export function readExports(importPath: string): Declaration[] {
  const entry = entryOf(importPath);
  const source = readFileSync(path.join(root, entry.folder, entry.index), "utf8");
  const found = new Map<string, Declaration>();
  let group = "";
  const self = `./${path.basename(entry.index).replace(/\.ts$/, ".js")}`;
  for (const match of source.matchAll(GROUP_OR_EXPORT)) {
    const [, title, type, names = "", module = self, kind = "", own = ""] = match;
    if (title !== undefined) {
      group = title.slice(0, 1).toUpperCase() + title.slice(1);
      continue;
    }
    const file = module.startsWith(".") ? declarationFile(entry, module) : indexOf(module);
    const areTypes = type !== undefined || kind === "interface" || kind === "type";
    for (const exported of namesIn(names || own, areTypes)) {
      const { alias } = exported;
      if (!found.has(alias))
        found.set(alias, { ...renamed(readDeclaration(file, exported), alias), group, module });
    }
  }
  return [...found.values()];
}

function declarationFile({ folder, index, declarations }: Entry, module: string): string {
  const inSources = path.relative("src", path.join(path.dirname(index), module));
  return path.join(root, folder, declarations, asDeclarations(inSources));
}

function asDeclarations(module: string): string {
  return module.replace(/\.js$/, ".d.ts");
}

interface ExportedName {
  readonly original: string;
  readonly alias: string;
  readonly isType: boolean;
}

function namesIn(list: string, areTypes: boolean): ExportedName[] {
  return list.split(",").flatMap((entry) => {
    const name = entry.trim();
    const [original = "", alias = original] = name.replace(/^type /, "").split(" as ");
    return original === ""
      ? []
      : [{ original, alias, isType: areTypes || name.startsWith("type ") }];
  });
}

function entryOf(importPath: string): Entry {
  const entry = ENTRIES[importPath];
  if (entry === undefined)
    throw new Error(`scripts/reference does not know ${importPath}. Add it to ENTRIES.`);
  return entry;
}

type Found = Omit<Declaration, "group" | "module">;

function renamed(found: Found, alias: string): Found {
  const code = found.code.replace(new RegExp(`\\b${found.name}\\b`), alias);
  return { ...found, name: alias, code: withPublicNames(code) };
}

function readDeclaration(file: string, exported: ExportedName): Found {
  if (!existsSync(file))
    throw new Error(`${path.relative(root, file)} is missing. Run \`npm run build\` first.`);
  const lines = readFileSync(file, "utf8").split("\n");
  const start = startOf(lines, exported);
  if (start === -1) return followReExport(file, lines, exported);
  const [, kind] = /(class|function|const|interface|type) /.exec(lines[start] ?? "") ?? [];
  const code = lines
    .slice(start, endOf(lines, start) + 1)
    .filter((line) => !/^ {4}(#private;|private constructor)/.test(line));
  return {
    name: exported.original,
    kind: kind as Declaration["kind"],
    doc: docBefore(lines, start),
    code: withoutInternals(code.join("\n").replace(/^export (declare )?/, "")),
    identity: `${path.relative(root, file)}:${start + 1}`,
  };
}

// A member whose comment says `@internal` is public only to the compiler.
function withoutInternals(code: string): string {
  const comment = String.raw`^ {4}\/\*\*(?:(?!\*\/)[^])*@internal(?:(?!\*\/)[^])*\*\/\n`;
  const member = String.raw` {4}.*\n(?: {5,}.*\n| {4}[})].*\n)*`;
  return code.replace(new RegExp(comment + member, "gm"), "");
}

// A type and a value may share a name. Only a name exported as a type refers to the type.
function startOf(lines: readonly string[], { original, isType }: ExportedName): number {
  const value = /^export (?:declare )?(?:abstract )?(?:class|function|const) (\w+)/;
  const type = /^export (?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/;
  const search = (pattern: RegExp): number =>
    lines.findIndex((line) => pattern.exec(line)?.[1] === original);
  const [wanted, other] = isType ? [type, value] : [value, type];
  const start = search(wanted);
  return start === -1 ? search(other) : start;
}

function followReExport(file: string, lines: readonly string[], exported: ExportedName): Found {
  const { original, isType } = exported;
  for (const [, type, names = "", from = ""] of lines.join("\n").matchAll(RE_EXPORT)) {
    const wanted = namesIn(names, type !== undefined || isType).find(
      ({ alias }) => alias === original,
    );
    if (wanted !== undefined) return readDeclaration(fileOf(from, file), wanted);
  }
  throw new Error(`${path.relative(root, file)} declares no \`${original}\`.`);
}

function fileOf(module: string, importer: string): string {
  if (module.startsWith(".")) return path.join(path.dirname(importer), asDeclarations(module));
  return indexOf(module);
}

// A private package is a subpath of the package that contains it: `@automatosx/workflow/run-view`.
function indexOf(packageName: string): string {
  const isPublic = ENTRIES[packageName] !== undefined;
  const { folder, declarations, index } = entryOf(
    isPublic ? packageName : packageName.replace("/", "/workflow/"),
  );
  return path.join(
    root,
    folder,
    declarations,
    index.replace(/^src\//, "").replace(/\.ts$/, ".d.ts"),
  );
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
