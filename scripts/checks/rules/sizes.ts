import type { Finding, SourceFile } from "./rule.ts";
import { isGenerated } from "./rule.ts";

const MAX_COLUMNS = 100;
const MAX_LINES = 450;

/** The one deliberate long file holds State, Event, Context, Guards and Machine together. */
const LONG_FILE = {
  name: "packages/rescript-core/src/workflows/WorkflowStateMachine.res",
  lines: 700,
};

const isCode = (name: string): boolean => /\.(ts|mjs|res|resi)$/.test(name) && !isGenerated(name);

/** A line may be longer when no formatter can break it: an address or a regular expression. */
const isUnbreakable = (line: string): boolean =>
  /^\W*https?:\/\/\S+$|^\/.*\/[a-z]*[;,]?$/.test(line.trim());

/** In tests, also a title, text used as data, or a line of YAML in such text. */
const isTestText = (name: string, line: string): boolean => {
  if (!/\/tests\//.test(name)) return false;
  const code = line.replace(/(["'`]).*\1/, "");
  return code.length < MAX_COLUMNS / 2 || /^\s*(- |\w+: )\{/.test(line);
};

export function findWideLines(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ name }) => isCode(name))
    .flatMap(({ name, lines }) =>
      lines.flatMap((line, index) =>
        line.length <= MAX_COLUMNS || isUnbreakable(line) || isTestText(name, line)
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
