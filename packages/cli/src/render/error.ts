import {
  type DefinitionFix,
  messageOf,
  type SuggestedAction,
  type WorkflowErrorCode,
} from "@automatosx/workflow/errors";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import { commandText, type PlaceFlags, STDIN } from "../command.js";
import type { NextLine } from "../next/actions.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { count } from "./words.js";
import { wrap } from "./wrap.js";

/** How much of a cause is shown, in characters. */
const MAX_CAUSE_CHARS = 1_000;

/** The width of `error  ` and of `next   `. */
const INDENT = " ".repeat(7);

/**
 * The fields that `WorkflowError` and `UsageError` share. Errors are recognised by their shape, so
 * that reporting one does not load the engine.
 */
export interface CodedError extends Error {
  readonly code: WorkflowErrorCode;
  readonly remedy?: string;
  readonly suggestion?: SuggestedAction;
  readonly next?: NextLine;
  readonly runId?: string;
  readonly issues?: readonly Issue[];
  /** The file that contains the issues. If absent, the message describes the issues. */
  readonly file?: string;
}

/** The fields of the engine's `DefinitionIssue` that are shown. */
export interface Issue {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly remedy?: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt?: string;
  /** How a program can fix it, if that is known. */
  readonly fix?: DefinitionFix;
  /** The file that contains the issue, if it is not the one that the command names. */
  readonly file?: string;
}

/** Returns the error with its code. An error without a code is a defect: `internal`. */
export function asCoded(error: unknown): CodedError {
  if (isCoded(error)) return error;
  return Object.assign(new Error(messageOf(error)), {
    code: "internal" as const,
    remedy: "This is a defect of axw. Please report it with the command that you typed.",
  });
}

/** The error's code, or `internal` for any other error. */
export function codeOf(error: unknown): WorkflowErrorCode {
  return asCoded(error).code;
}

/** Prints what is wrong, where, and the remedy; for an invalid file, prints every issue in it. */
export function renderError(out: Output, error: CodedError): void {
  const { code, message, remedy, file, issues = [] } = error;
  if (file === undefined) {
    const text = cleanText(message).replaceAll("\n", `\n${INDENT}`);
    const lines = wrap(out, `error  ${code}  ${text}`, INDENT);
    const cause = causeOf(error);
    if (cause !== undefined) lines.push(...wrap(out, `${INDENT}caused by: ${cause}`, INDENT));
    if (remedy !== undefined) lines.push(...wrap(out, INDENT + cleanText(remedy), INDENT));
    for (const line of lines) out.line(line.replace(/^error/, (word) => out.paint("red", word)));
    return;
  }
  for (const issue of issues) for (const line of renderIssue(out, file, issue)) out.line(line);
  out.line(tally(issues));
}

/** Prints the error's stack trace and its causes. */
export function renderStack(out: Output, error: unknown): void {
  if (error instanceof Error) out.line(cleanText(stackOf(error)));
}

/** An error as `--json` prints it. */
export function errorAsJson({ code, message, remedy, runId, issues = [] }: CodedError): object {
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "error",
    code,
    message,
    ...(remedy !== undefined && { remedy }),
    ...(runId !== undefined && { runId }),
    ...(issues.length > 0 && { issues }),
  };
}

/** How many errors of one file are listed, and how many warnings. */
const LISTED_LIMIT = 1000;

/** `2 errors, 1 warning`. At the limit of what is listed, there may be more. */
export function tally(issues: readonly Pick<Issue, "severity">[]): string {
  const warnings = issues.filter(({ severity }) => severity === "warning").length;
  const errors = issues.length - warnings;
  const isCut = errors === LISTED_LIMIT || warnings === LISTED_LIMIT;
  const more = isCut ? ` (at most ${LISTED_LIMIT} of each are listed)` : "";
  return `${count(errors, "error")}, ${count(warnings, "warning")}${more}`;
}

/**
 * Prints the command to type next, as the last line of a command, and its remark below it. `place`
 * is where this invocation's flags say that the runs are.
 */
export function renderNext(out: Output, line: NextLine, place: PlaceFlags = {}): void {
  const text = cleanText(commandText(line, out.typedAxw, place));
  out.line(`${out.paint("bold", "next")}   ${text}`);
  const remark = line.remark ?? (line.args.includes(STDIN) ? "with the same input" : undefined);
  if (remark !== undefined) out.line(`${INDENT}(${remark})`);
}

/** `file:line:column  error  CODE  message`, the excerpt with its caret, the remedy. */
export function renderIssue(out: Output, file: string, issue: Issue): string[] {
  const place = `${cleanLine(issue.file ?? file)}:${issue.line}:${issue.column}`;
  const severity = out.paint(issue.severity === "error" ? "red" : "yellow", issue.severity);
  const lines = [`${place}  ${severity}  ${issue.code}  ${cleanLine(issue.message)}`];
  if (issue.excerpt !== undefined)
    lines.push(
      ...cleanText(issue.excerpt)
        .trimEnd()
        .split("\n")
        .map((line) => `    ${line}`),
    );
  if (issue.remedy !== undefined) lines.push(`    ${cleanLine(issue.remedy)}`);
  return lines;
}

/** Describes a damaged checkpoint that was skipped when its run was resumed. */
export function skippedCheckpoint({
  message,
  remedy = "",
}: {
  readonly message: string;
  readonly remedy?: string | undefined;
}): string {
  return `skipped  ${cleanLine(message)} ${cleanLine(remedy)}`;
}

function isCoded(error: unknown): error is CodedError {
  try {
    return (
      error instanceof Error &&
      (error.name === "WorkflowError" || error.name === "UsageError") &&
      "code" in error
    );
  } catch {
    // A thrown proxy may throw again.
    return false;
  }
}

/** The text of the cause, unless the message contains it. */
function causeOf({ message, cause }: Error): string | undefined {
  if (cause === undefined || cause === null) return undefined;
  const text = messageOf(cause);
  return message.includes(text) ? undefined : cleanText(text).slice(0, MAX_CAUSE_CHARS);
}

function stackOf(error: Error, seen = new Set<unknown>()): string {
  seen.add(error);
  const { cause } = error;
  const isNew = cause instanceof Error && !seen.has(cause);
  return `${error.stack ?? error.message}${isNew ? `\ncaused by ${stackOf(cause, seen)}` : ""}`;
}
