import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ExpectedIssue } from "@automatosx/schemas/test-files";
import type { DefinitionIssue } from "@automatosx/workflow";
import type { Mismatch } from "./compare.js";

interface PlacedIssue {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
}

/**
 * Compares every issue of a workflow file with those that are expected, in the order of the file.
 */
export function compareIssues(
  expected: readonly ExpectedIssue[],
  found: readonly DefinitionIssue[],
  path: string,
): Mismatch[] {
  const wanted = expected.map(({ severity = "error", code, line, column }) => ({
    ...{ code, severity, line, column },
  }));
  const given = found.map(({ code, severity, line, column }) => ({ code, severity, line, column }));
  const mismatches: Mismatch[] = [];
  for (const [index, issue] of expected.entries()) {
    const file = found.find((other) => isAtSamePlace(issue, other))?.file;
    const text = textAt(file === undefined ? path : resolve(dirname(path), file), issue);
    if (!text.startsWith(issue.at))
      mismatches.push({ at: `invalid[${index}].at`, expected: issue.at, found: text });
  }
  const [missing, others] = differences(wanted, given);
  for (const issue of missing)
    mismatches.push({ at: "invalid", expected: describe(issue), found: undefined });
  for (const issue of others) {
    const message = found.find((other) => isAtSamePlace(issue, other))?.message;
    mismatches.push({
      at: "invalid",
      expected: undefined,
      found: `${describe(issue)}  ${message ?? ""}`,
    });
  }
  return mismatches;
}

/** Returns what only the first list has, and what only the second has. */
function differences(
  wanted: readonly PlacedIssue[],
  given: readonly PlacedIssue[],
): [readonly PlacedIssue[], readonly PlacedIssue[]] {
  const left = [...given];
  const missing = wanted.filter((issue) => {
    const index = left.findIndex((other) => isDeepStrictEqual(other, issue));
    if (index === -1) return true;
    left.splice(index, 1);
    return false;
  });
  return [missing, left];
}

function isAtSamePlace(
  { code, line, column }: Pick<PlacedIssue, "code" | "line" | "column">,
  other: DefinitionIssue,
): boolean {
  return code === other.code && line === other.line && column === other.column;
}

/** Returns the rest of the line at a place of a file. */
function textAt(path: string, { line, column }: Pick<PlacedIssue, "line" | "column">): string {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines[line - 1]?.slice(column - 1) ?? "";
}

function describe({ code, severity, line, column }: PlacedIssue): string {
  return `${severity} ${code} at ${line}:${column}`;
}
