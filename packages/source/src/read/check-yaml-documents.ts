import type { IssueList } from "../issues/IssueList.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";

const DIRECTIVE = /^%(?:YAML\b|TAG[ \t]+\S+)?/;
// `^`, `$` and `.` would treat U+2028 and U+2029 as line ends; in YAML they are text.
const IGNORED = /^\ufeff?[ \t]*(?:#[^]*)?$/;
const MARKER = /(?<![^\r\n])(?:---|\.\.\.)(?![^ \t\r\n])/g;
const LINE_END = /[\r\n]/g;

/**
 * Reports directives that YAML 1.2 does not define, and a second document. Returns true if it
 * reported anything. Markers have the same meaning everywhere in a text, even within quotes, so it
 * is enough to look at lines.
 */
export function refuseYamlDocuments(issues: IssueList): boolean {
  return refuseDirectives(issues) || refuseSecondDocument(issues);
}

function refuseDirectives(issues: IssueList): boolean {
  const { text } = issues.source;
  const seen = new Set<string>();
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    const from = start;
    start = end + 1;
    if (!line.startsWith("%")) {
      if (IGNORED.test(line)) continue;
      return false;
    }
    const subject = DIRECTIVE.exec(line)?.[0].replace(/[ \t]+/, " ") ?? "";
    const span = [from, from + line.length] as const;
    if (seen.has(subject)) {
      const message = "this directive appears twice";
      issues.add(TEXT_ISSUES.invalidYaml, [], span, message, "keep one of the two");
    } else if (subject === "%") {
      const message = "this directive is unknown";
      issues.add(TEXT_ISSUES.invalidYaml, [], span, message, "remove the line");
    } else if (subject === "%YAML" && !/^%YAML[ \t]+1\.2[ \t]*(?:#.*)?$/.test(line)) {
      issues.add(
        TEXT_ISSUES.yamlVersion,
        [],
        span,
        "this line requires a YAML version other than 1.2",
      );
    }
    if (issues.hasErrors) return true;
    seen.add(subject);
  }
  return false;
}

function refuseSecondDocument(issues: IssueList): boolean {
  const { text } = issues.source;
  let isStarted = false;
  for (const { 0: marker, index } of text.matchAll(MARKER)) {
    const isStart = marker === "---";
    const hasContent = isStarted || hasContentBefore(text, index);
    const at = isStart ? (hasContent ? index : undefined) : contentAfter(text, index);
    if (at !== undefined) {
      const message = "a second document begins here";
      issues.add(TEXT_ISSUES.severalDocuments, [], [at, at + 3], message);
      return true;
    }
    isStarted = true;
  }
  return false;
}

/**
 * Returns whether a line before the offset has content: it is not empty, a comment or a directive.
 */
function hasContentBefore(text: string, offset: number): boolean {
  for (let start = 0; start < offset; start = lineEnd(text, start) + 1) {
    const line = text.slice(start, lineEnd(text, start));
    if (!line.startsWith("%") && !IGNORED.test(line)) return true;
  }
  return false;
}

/** Returns the first content in the lines after the one at the offset. */
function contentAfter(text: string, offset: number): number | undefined {
  for (let start = lineEnd(text, offset) + 1; start < text.length; ) {
    const end = lineEnd(text, start);
    if (!IGNORED.test(text.slice(start, end))) return start;
    start = end + 1;
  }
  return undefined;
}

function lineEnd(text: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.exec(text)?.index ?? text.length;
}
