import { relative } from "node:path";
import type { DefinitionIssue } from "@automatosx/workflow";
import type { Issue } from "../../api/workflow.schema.js";

/**
 * Returns the problems of a file for its reader. `fix` is what a safe fix writes in place of the
 * marked characters; a problem in another file has no place in this text.
 */
export function issuesOf(
  issues: readonly DefinitionIssue[],
  source: string,
  folder: string,
): readonly Issue[] {
  return issues.map((issue) => {
    const { code, severity, message, remedy, file, line, column } = issue;
    const common = { code, severity, ...(remedy !== undefined && { remedy }) };
    if (file !== undefined)
      return { ...common, message: `${relative(folder, file)}:${line}:${column}: ${message}` };
    return { ...common, message, line, column, ...fixOf(issue, source) };
  });
}

function fixOf(
  { fix, line, column }: DefinitionIssue,
  source: string,
): Pick<Issue, "fix" | "endColumn"> {
  if (fix === undefined || fix.edits.length === 0) return {};
  const start = Math.min(...fix.edits.map((edit) => edit.start));
  const end = Math.max(...fix.edits.map((edit) => edit.end));
  const text = edited(source, fix.edits, start, end);
  const begin = lineStart(source, line);
  const isHere = start === begin + column - 1 && !source.slice(start, end).includes("\n");
  return { fix: text, ...(isHere && end > start && { endColumn: end - begin + 1 }) };
}

/** The text from `start` to `end` with the edits made. */
function edited(
  source: string,
  edits: NonNullable<DefinitionIssue["fix"]>["edits"],
  start: number,
  end: number,
): string {
  let text = "";
  let at = start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, end);
}

/** Where a line begins, in UTF-16 units; lines count from 1. */
function lineStart(source: string, line: number): number {
  let at = 0;
  for (let each = 1; each < line; each += 1) {
    const next = source.indexOf("\n", at);
    if (next === -1) return at;
    at = next + 1;
  }
  return at;
}
