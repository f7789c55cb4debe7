import type { Finding, SourceFile } from "./rule.ts";
import { isGenerated } from "./rule.ts";

const MAX_COLUMNS = 100;
const MAX_LINES = 450;

/** The one deliberate long file holds State, Event, Context, Guards and Machine together. */
const LONG_FILE = {
  name: "packages/rescript-core/src/workflows/WorkflowStateMachine.res",
  lines: 850,
};

const isCode = (name: string): boolean => /\.(ts|mjs|res|resi)$/.test(name) && !isGenerated(name);

/** A line may be longer only when all of it is one address: nothing of it can be moved. */
const isUnbreakable = (line: string): boolean => /^\W*https?:\/\/\S+$/.test(line.trim());

export function findWideLines(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ name }) => isCode(name))
    .flatMap(({ name, lines }) =>
      lines.flatMap((line, index) =>
        line.length <= MAX_COLUMNS || isUnbreakable(line)
          ? []
          : [
              {
                file: name,
                line: index + 1,
                problem: `${line.length} columns; at most ${MAX_COLUMNS}`,
              },
            ],
      ),
    );
}

export function findLongFiles(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ name }) => isCode(name) && !name.endsWith("_test.res"))
    .flatMap(({ name, lines }) => {
      const limit = name === LONG_FILE.name ? LONG_FILE.lines : MAX_LINES;
      return lines.length <= limit
        ? []
        : [
            {
              file: name,
              line: 1,
              problem: `${lines.length} lines; at most ${limit}: divide it by noun`,
            },
          ];
    });
}
