import { readExports } from "../reference/read-declarations.ts";

/** The import paths whose members users see in an editor. */
const IMPORT_PATHS = [
  "@automatosx/workflow",
  "@automatosx/workflow/observe",
  "@automatosx/workflow/sqlite",
  "@automatosx/workflow/storage",
  "@automatosx/workflow/testing",
  "@automatosx/workflow/errors",
  "@automatosx/workflow/checks",
  "@automatosx/workflow/salvage",
  "@automatosx/workflow/terminal-text",
  "@automatosx/workflow/run-view",
  "@automatosx/workflow/source",
  "@automatosx/agents",
  "@automatosx/agents/testing",
  "@automatosx/langgraph",
  "@automatosx/backend-postgres",
  "@automatosx/backend-restate",
];

const MEMBER = /^ {4}(?:readonly |static |get |set |async )*(?:\[Symbol|[a-zA-Z_]\w*)/;
const NO_MEMBER = /^ {4}(?:constructor|private|protected)\b/;

/** Returns each member of a public class or interface that has no docstring. */
export function membersWithoutDocstring(): string[] {
  const found = IMPORT_PATHS.flatMap((importPath) =>
    readExports(importPath)
      .filter(({ kind }) => isWithMembers(kind))
      .flatMap(({ name, identity, code }) =>
        undocumented(code).map((member) => `${identity} ${name}: ${member} has no docstring`),
      ),
  );
  return [...new Set(found)];
}

function isWithMembers(kind: string): boolean {
  return kind === "class" || kind === "interface";
}

function undocumented(code: string): string[] {
  const lines = code.split("\n");
  return lines.filter(
    (line, index) =>
      MEMBER.test(line) &&
      !NO_MEMBER.test(line) &&
      !(lines[index - 1] ?? "").trimEnd().endsWith("*/"),
  );
}
