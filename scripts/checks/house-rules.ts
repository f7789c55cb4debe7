import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../turbo.ts";
import { sourceFiles } from "./run-tool.ts";

const MAX_LINES = 450;
/** The one deliberate long file: a reader meets State, Event, Context, Guards and Machine in one go. */
const LONGEST = {
  name: "packages/rescript-core/src/workflows/WorkflowStateMachine.res",
  lines: 850,
};

interface Forbidden {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly where?: RegExp;
}

// Written so that this file does not find itself.
const forbidden: readonly Forbidden[] = [
  {
    pattern: /\b(TO[D]O|FIX[M]E|X[X]X)\b/,
    instead: "finish it, or say in the documents what is missing",
  },
  {
    pattern: /\b(test|it|describe)\.(only|skip)\(/,
    instead: "every test runs",
    where: /\.test\.ts$|_test\.res$/,
  },
  {
    pattern: /(^|[\s"'`(=:])\/(work|root|tmp)\/[a-z.]/,
    instead: "temporary folders come from the system",
  },
  { pattern: /registry\.npm/, instead: "the registry is a setting of the machine" },
  { pattern: /\bcance[l]ed\b/i, instead: "cancelled" },
  {
    pattern: /\beval\(|new Function\(|node:vm"/,
    instead: "text is never run as code",
    where: /\/src\/.*\.ts$/,
  },
  {
    pattern: /shell: tru[e]/,
    instead: "programs are started with their arguments, never through a shell",
    where: /\.ts$/,
  },
];

/** What a reader should not meet in this repository. */
export function houseRules(): string[] {
  return sourceFiles()
    .filter(
      (name) =>
        /\.(ts|mjs|res|sql|md|yaml|json)$/.test(name) &&
        !/fixtures\/|package\.json$|\.schema\.json$|pnpm-lock/.test(name),
    )
    .flatMap((name) => {
      const lines = readFileSync(join(root, name), "utf8").split("\n");
      const limit = name === LONGEST.name ? LONGEST.lines : MAX_LINES;
      const isCode = /\.(ts|res)$/.test(name) && !name.endsWith("_test.res");
      const long =
        isCode && lines.length > limit
          ? [`${name} has ${lines.length} lines; is it one thing? (${limit} at most)`]
          : [];
      const found = lines.flatMap((line, index) =>
        forbidden
          .filter(({ pattern, where }) => where?.test(name) !== false && pattern.test(line))
          .map(
            ({ pattern, instead }) =>
              `${name}:${index + 1} has ${pattern.exec(line)?.[0].trim()}: ${instead}`,
          ),
      );
      return [...long, ...found];
    });
}
