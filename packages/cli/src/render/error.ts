import { keepDb } from "../database-flag.js";
import type { Asked } from "../invocation.js";
import type { Output } from "../output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cleanLine, cleanText } from "./clean-text.js";
import { count, shortId } from "./words.js";

/** What any error of ours has: told by shape, so that telling of one loads no engine. */
interface CodedError extends Error {
  readonly code: string;
  readonly remedy?: string;
  readonly next?: string;
  readonly runId?: string;
  readonly issues?: readonly Issue[];
  /** The file of the issues, where the message does not tell them. */
  readonly file?: string;
}

/** As `DefinitionIssue` of the engine. */
export interface Issue {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly remedy?: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt?: string;
}

/** The error's code; `internal` for one that is not ours. */
export function codeOf(error: unknown): string {
  return isCoded(error) ? error.code : "internal";
}

/** Prints an error: what, why, the remedy, and as its last line the next command to type. */
export function renderError(out: Output, error: unknown, asked: Asked, isVerbose = false): void {
  const coded = asCoded(error);
  const { file, issues = [] } = coded;
  if (file === undefined)
    out.line(`${out.paint("red", "error")}  ${coded.code}  ${cleanText(coded.message)}`);
  else
    for (const line of [...issues.flatMap((issue) => renderIssue(out, file, issue)), tally(issues)])
      out.line(line);
  if (file === undefined && coded.remedy !== undefined)
    out.line(`       ${cleanText(out.asTyped(coded.remedy))}`);
  if (isVerbose && error instanceof Error) out.line(cleanText(stackOf(error)));
  renderNext(out, keepDb(coded.next ?? nextCommand(coded, asked), asked.db));
}

/** What a program reads of an error, as `--json` prints it. */
export function errorAsJson(out: Output, error: unknown): object {
  const { code, message, remedy, runId, issues = [] } = asCoded(error);
  return {
    ...{ schemaVersion: SCHEMA_VERSION, type: "error", code, message },
    ...(remedy !== undefined && { remedy: out.asTyped(remedy) }),
    ...(runId !== undefined && { runId }),
    ...(issues.length > 0 && { issues }),
  };
}

/** `2 errors, 1 warning`. */
export function tally(issues: readonly Pick<Issue, "severity">[]): string {
  const warnings = issues.filter(({ severity }) => severity === "warning").length;
  return `${count(issues.length - warnings, "error")}, ${count(warnings, "warning")}`;
}

/** The last line of a talk: what to type now. */
export function renderNext(out: Output, command: string): void {
  out.line(`${out.paint("bold", "next")}   ${cleanText(out.asTyped(command))}`);
}

/** `file:line:column  error  CODE  message`, the excerpt with its caret, the remedy. */
export function renderIssue(out: Output, file: string, issue: Issue): string[] {
  const place = `${cleanLine(file)}:${issue.line}:${issue.column}`;
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

/** A checkpoint that was found damaged when a run was taken up. */
export function passedOver({
  message,
  remedy = "",
}: {
  readonly message: string;
  readonly remedy?: string | undefined;
}): string {
  return `passed over  ${cleanLine(message)} ${cleanLine(remedy)}`;
}

function nextCommand({ code, runId }: CodedError, { verb, operand }: Asked): string {
  const run = runId === undefined ? undefined : shortId(runId);
  switch (code) {
    case "invalid_definition":
      return `axw validate ${operand ?? "FILE"}`;
    case "unknown_agent":
      return verb === "run" ? `axw agents ${operand ?? "FILE"}` : "axw agents";
    case "invalid_input":
      return `axw run ${operand ?? "FILE"} --input NAME=VALUE`;
    case "run_not_found":
    case "run_ambiguous":
      return "axw list";
    case "checkpoint_not_found":
    case "checkpoint_damaged":
      return run === undefined ? "axw list" : `axw checkpoint list ${run}`;
    case "run_exists":
    case "run_not_resumable":
    case "run_owned_elsewhere":
    case "event_refused":
    case "lease_lost":
      return run === undefined ? "axw list" : `axw show ${run}`;
    case "journal_damaged":
      return "axw doctor --verify";
    case "engine_closed":
      return run === undefined ? "axw list" : `axw resume ${run}`;
    case "invalid_argument":
      return verb === undefined ? "axw --help" : `axw ${verb} --help`;
    default:
      return "axw doctor";
  }
}

// What is not ours is a defect.
function asCoded(error: unknown): CodedError {
  if (isCoded(error)) return error;
  return Object.assign(new Error(error instanceof Error ? error.message : String(error)), {
    code: "internal",
    remedy: "This is a defect of axw. Please report it with what you typed.",
  });
}

function isCoded(error: unknown): error is CodedError {
  return (
    error instanceof Error &&
    (error.name === "WorkflowError" || error.name === "UsageError") &&
    "code" in error
  );
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
