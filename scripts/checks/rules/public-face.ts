import { type Declaration, readExports } from "../../reference/read-declarations.ts";
import type { Finding, SourceFile } from "./rule.ts";

const MAIN_INDEX = "packages/workflow/src/index.ts";
const MAX_GROUPS = 9;

/** The published packages. Their index files are the public API. */
const PUBLISHED = [
  ["@automatosx/workflow", MAIN_INDEX],
  ["@automatosx/agents", "packages/agents/src/index.ts"],
  ["@automatosx/langgraph", "packages/langgraph/src/index.ts"],
  ["@automatosx/backend-postgres", "packages/backend-postgres/src/index.ts"],
  ["@automatosx/backend-restate", "packages/backend-restate/src/index.ts"],
  ["@automatosx/rescript-core", "packages/rescript-core/src/index.ts"],
  ["@automatosx/schemas", "packages/schemas/src/index.ts"],
] as const;

/** The groups of an index file are its comments of the form `// --- name`. */
export function findTooManyGroups(files: readonly SourceFile[]): Finding[] {
  const groups = files
    .filter(({ name }) => name === MAIN_INDEX)
    .flatMap(({ lines }) => lines.filter((line) => line.startsWith("// --- ")));
  return groups.length <= MAX_GROUPS
    ? []
    : [{ file: MAIN_INDEX, line: 1, problem: `${groups.length} groups; at most ${MAX_GROUPS}` }];
}

// A ReScript module is exported as a constant; its members have the doc comments.
const isModule = ({ kind, name, identity }: Declaration): boolean =>
  kind === "const" && /^[A-Z]/.test(name) && identity.includes(".gen.d.ts");

/** Finds public names without a doc comment. Reads the built declarations, so it needs a build. */
export function findUndocumented(files: readonly SourceFile[]): Finding[] {
  return PUBLISHED.flatMap(([packageName, index]) => {
    const lines = files.find(({ name }) => name === index)?.lines ?? [];
    return readExports(packageName)
      .filter((declaration) => declaration.doc === "" && !isModule(declaration))
      .map(({ name, module }) => ({
        file: index,
        line: lines.findIndex((line) => new RegExp(String.raw`\b${name}\b`).test(line)) + 1,
        problem: `${name} (${module}) has no doc comment`,
      }));
  });
}
