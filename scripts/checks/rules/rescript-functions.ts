import type { Finding, SourceFile } from "./rule.ts";

const MAX_LINES = 70;

/**
 * The transition table: one row per state and event reads better than any division of the table.
 */
const EXEMPT = new Set(["WorkflowStateMachine.res transition"]);

/**
 * Finds long ReScript functions; oxlint checks TypeScript functions (`max-lines-per-function`).
 * Blank lines and comments do not count. The formatter indents the body of a binding, so a binding
 * ends before the next line with the same indentation.
 */
export function findLongRescriptFunctions(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ name }) => name.endsWith(".res") && !name.endsWith("_test.res"))
    .flatMap(({ name, lines }) =>
      functionsIn(lines).flatMap(({ binding, line, length }) =>
        length <= MAX_LINES || EXEMPT.has(`${name.split("/").at(-1)} ${binding}`)
          ? []
          : [
              {
                file: name,
                line,
                problem: `${binding} has ${length} lines of code; at most ${MAX_LINES}`,
              },
            ],
      ),
    );
}

const RE_BINDING = /^(\s*)(?:let|and) (?:rec )?(\w+)/;

export function functionsIn(
  lines: readonly string[],
): { binding: string; line: number; length: number }[] {
  return lines.flatMap((line, index) => {
    const [, indent = "", binding] = RE_BINDING.exec(line) ?? [];
    if (binding === undefined) return [];
    const inside = new RegExp(String.raw`^(\s*$|${indent}(\s|[)}\]|]))`);
    const after = lines.slice(index + 1).findIndex((next) => !inside.test(next));
    const body = lines.slice(index, after === -1 ? lines.length : index + 1 + after);
    return [{ binding, line: index + 1, length: body.filter(isCodeLine).length }];
  });
}

const isCodeLine = (line: string): boolean => !/^\s*($|\/\/|\/\*|\*)/.test(line);
