import type { Finding, SourceFile } from "./rule.ts";

interface Forbidden {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly where?: RegExp;
}

// The patterns are written so that they do not match this file.
const forbidden: readonly Forbidden[] = [
  {
    pattern: /\b(TO[D]O|FIX[M]E|X[X]X)\b/,
    instead: "finish it, or document the gap",
  },
  {
    pattern: /\b(test|it|describe)\.(only|skip)\(/,
    instead: "every test runs",
    where: /\.test\.ts$|_test\.res$/,
  },
  {
    pattern: /(^|[\s"'`(=:])\/(work|root|tmp)\/[a-z.]/,
    instead: "ask the system for a temporary folder",
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
    instead: "start a program with its arguments, never through a shell",
    where: /\.ts$/,
  },
];

export function findForbiddenText(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(
      ({ name }) =>
        /\.(ts|mjs|res|resi|sql|md|yaml|json)$/.test(name) &&
        !/fixtures\/|package\.json$|\.schema\.json$/.test(name),
    )
    .flatMap(({ name, lines }) =>
      lines.flatMap((line, index) =>
        forbidden
          .filter(({ pattern, where }) => where?.test(name) !== false && pattern.test(line))
          .map(({ pattern, instead }) => ({
            file: name,
            line: index + 1,
            problem: `"${pattern.exec(line)?.[0].trim()}": ${instead}`,
          })),
      ),
    );
}
