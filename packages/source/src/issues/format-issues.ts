import type { DefinitionIssue } from "@automatosx/schemas";

/** Number of issues that a message prints in full. It only counts the rest. */
const MAX_PRINTED = 20;

/** Formats one issue as lines to print: place, code, message, excerpt, remedy. */
export function formatIssue(issue: DefinitionIssue, file = "workflow"): string {
  const kind = issue.severity === "warning" ? "warning " : "";
  const lines = [
    `${issue.file ?? file}:${issue.line}:${issue.column} ${kind}${issue.code}: ${issue.message}`,
  ];
  if (issue.excerpt) lines.push(...issue.excerpt.split("\n").map((line) => `  ${line}`));
  if (issue.remedy) lines.push(`  ${issue.remedy}`);
  return lines.join("\n");
}

/** Formats all issues, errors before warnings, after a first line that counts them. */
export function formatIssues(issues: readonly DefinitionIssue[], file = "workflow"): string {
  const errors = issues.filter(({ severity }) => severity === "error");
  const warnings = issues.filter(({ severity }) => severity === "warning");
  const counts = [count(errors.length, "problem"), count(warnings.length, "warning")].filter(
    (text) => !text.startsWith("0 "),
  );
  const ordered = [...errors, ...warnings];
  const rest = ordered.length - MAX_PRINTED;
  const printed = ordered.slice(0, MAX_PRINTED).map((issue) => formatIssue(issue, file));
  return [
    `${file}: ${counts.join(", ")}`,
    ...printed,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ].join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
