import { formatIssues } from "@automatosx/workflow";
import type { Mismatch } from "../test-files/compare.js";
import type { BrokenFile } from "../test-files/Suite.js";
import { tally } from "./error.js";
import type { PlayedCase } from "./played-cases.js";

/** The control characters that XML 1.0 does not allow, and halves of surrogate pairs. */
const NOT_IN_XML = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|\p{Cs}/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/**
 * Returns the report of a suite in the form of JUnit, which CI systems read: one `testsuite` for
 * each test file. `lines`: what is printed about a case.
 */
export function junitReport(
  played: readonly PlayedCase[],
  lines: (played: PlayedCase) => readonly string[],
): string {
  const files = new Map<string, PlayedCase[]>();
  for (const one of played) {
    const { file = "" } = one.case;
    files.set(file, [...(files.get(file) ?? []), one]);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "axw test", ...totalsOf(played) })}>`,
    ...[...files].flatMap(([file, cases]) => [
      `  <testsuite${attributes({ name: file, file, ...totalsOf(cases) })}>`,
      ...cases.flatMap((one) => caseLines(file, one, lines)),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

/** Returns the report of a suite that was not played because files of it have errors. */
export function unreadReport(files: readonly BrokenFile[]): string {
  const totals = { tests: "1", failures: "0", errors: "1", skipped: "0", time: seconds(0) };
  const all = { ...totals, tests: String(files.length), errors: String(files.length) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "axw test", ...all })}>`,
    ...files.flatMap(({ name: file, issues }) => [
      `  <testsuite${attributes({ name: file, file, ...totals })}>`,
      `    <testcase${attributes({ name: file, classname: file, file, time: seconds(0) })}>`,
      `      <error${attributes({ message: tally(issues), type: "invalid" })}>` +
        `${escaped(formatIssues(issues, file))}</error>`,
      "    </testcase>",
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

function caseLines(
  file: string,
  played: PlayedCase,
  lines: (played: PlayedCase) => readonly string[],
): string[] {
  const { id, title } = played.case;
  const name = title === undefined ? id : `${id}: ${title}`;
  const about = attributes({ name, classname: file, file, time: seconds(played.durationMs) });
  switch (played.outcome) {
    case "passed":
      return [`    <testcase${about}/>`];
    case "not_yet":
      return [
        `    <testcase${about}>`,
        `      <skipped${attributes({ message: `not in this version: ${played.construct}` })}/>`,
        "    </testcase>",
      ];
    case "failed": {
      const message = summaryOf(played);
      const body = lines(played).slice(1).join("\n");
      return [
        `    <testcase${about}>`,
        `      <failure${attributes({ message, type: "mismatch" })}>${escaped(body)}</failure>`,
        "    </testcase>",
      ];
    }
  }
}

/** The first difference in a line. */
function summaryOf(played: Extract<PlayedCase, { readonly outcome: "failed" }>): string {
  const { mismatches, brokenKills = [] } = played;
  const [kill] = brokenKills;
  const all: readonly Mismatch[] = kill === undefined ? mismatches : kill.mismatches;
  const [first] = all;
  if (first === undefined) return "failed";
  const where =
    kill === undefined ? "" : `killed ${kill.point.moment} commit ${kill.point.commit}: `;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : "";
  return `${where}${first.at}: expected ${text(first.expected)}, found ${text(first.found)}${more}`;
}

function text(value: unknown): string {
  const written = value === undefined ? "nothing" : JSON.stringify(value);
  return written.length > 200 ? `${written.slice(0, 199)}…` : written;
}

function totalsOf(played: readonly PlayedCase[]): Readonly<Record<string, string>> {
  const countOf = (outcome: PlayedCase["outcome"]): string =>
    String(played.filter((one) => one.outcome === outcome).length);
  return {
    tests: String(played.length),
    failures: countOf("failed"),
    errors: "0",
    skipped: countOf("not_yet"),
    time: seconds(played.reduce((total, { durationMs }) => total + durationMs, 0)),
  };
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapedAttribute(value)}"`)
    .join("");
}

function escapedAttribute(value: string): string {
  return value.replace(NOT_IN_XML, "\uFFFD").replace(/[&<>"\n\r\t]/gu, entity);
}

function escaped(value: string): string {
  return value.replace(NOT_IN_XML, "\uFFFD").replace(/[&<>\r]/gu, entity);
}

function entity(character: string): string {
  return ENTITIES[character] ?? character;
}
