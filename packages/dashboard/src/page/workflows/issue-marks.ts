import type { Issue } from "../../api/workflow.schema.js";

/** The problems of a file by their lines; those without a line come first. */
export interface PlacedIssues {
  readonly unplaced: readonly Issue[];
  readonly byLine: ReadonlyMap<number, readonly Issue[]>;
  readonly errors: number;
  readonly warnings: number;
}

/** Sorts the problems of a file to its lines. A line that the text lacks counts as the last one. */
export function placeIssues(issues: readonly Issue[], lineCount: number): PlacedIssues {
  const placed = issues.filter(({ line }) => line !== undefined);
  const lineOf = ({ line = 1 }: Issue): number => Math.min(Math.max(line, 1), lineCount);
  const ordered = placed.toSorted((a, b) => (a.column ?? 0) - (b.column ?? 0));
  return {
    unplaced: issues.filter(({ line }) => line === undefined),
    byLine: Map.groupBy(ordered, lineOf),
    errors: issues.filter(({ severity }) => severity === "error").length,
    warnings: issues.filter(({ severity }) => severity === "warning").length,
  };
}

/** The marked characters of a line, from 0; without an end, up to the end of the word. */
export function markOf(issue: Issue, line: string): readonly [from: number, to: number] {
  const from = Math.min(Math.max((issue.column ?? 1) - 1, 0), Math.max(line.length - 1, 0));
  const given = issue.endColumn === undefined ? from : issue.endColumn - 1;
  if (given > from) return [from, Math.min(given, line.length)];
  const word = /^[\w$.-]+/.exec(line.slice(from))?.[0].length ?? 1;
  return [from, from + word];
}

/** `AXW1202 error, 10:20`. */
export function issueTitle({ code, severity, line, column }: Issue): string {
  if (line === undefined) return `${code} ${severity}`;
  return `${code} ${severity}, ${line}${column === undefined ? "" : `:${column}`}`;
}
