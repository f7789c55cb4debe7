import type { DefinitionFix, DefinitionIssue } from "@automatosx/schemas";
import type { SourceText, Span } from "../text/SourceText.js";
import { printable } from "../text/SourceText.js";
import type { IssueKind } from "./issue-kind.js";
import { PathSet } from "./PathSet.js";

/** The path of a value in the data: `["steps", 2, "agentId"]`. */
export type Path = readonly (string | number)[];

/**
 * Maximum length of a message, in characters. Text that a message quotes may be a megabyte long.
 */
const MAX_MESSAGE_LENGTH = 1500;

/** Maximum number of errors for one text, and of warnings. A longer list would not be read. */
const MAX_ISSUES = 1000;

/**
 * Maximum length of a path's keys together, in characters. In a longer path, each key is shortened
 * to `SHORT_KEY_LENGTH`: otherwise a long key would be repeated in every issue below it.
 */
const MAX_PATH_LENGTH = 1500;
const SHORT_KEY_LENGTH = 20;

/** Collects the issues of one text. */
export class IssueList {
  /** The text that the issues point to. */
  readonly source: SourceText;
  readonly #issues: DefinitionIssue[] = [];
  /** Paths of values that are known to be wrong. Their consequences are not reported. */
  readonly #wrong = new PathSet();
  readonly #counts = { error: 0, warning: 0 };

  constructor(source: SourceText) {
    this.source = source;
  }

  /**
   * Adds an issue at a span of the text. Without a `remedy`, the issue has the remedy of its kind.
   */
  add(
    kind: IssueKind,
    path: Path,
    span: Span,
    message: string,
    remedy?: string,
    fix?: DefinitionFix,
  ): void {
    if (this.#counts[kind.severity] >= MAX_ISSUES) return;
    this.#counts[kind.severity] += 1;
    this.#issues.push({
      code: kind.code,
      severity: kind.severity,
      message: shorten(message),
      remedy: shorten(remedy ?? kind.remedy),
      path: shortenPath(path),
      ...this.source.position(span[0]),
      ...(this.source.text !== "" && { excerpt: this.source.excerpt(span) }),
      ...(fix !== undefined && { fix }),
    });
  }

  /** Like `add`, for a place in another file, from which the value at the path is read. */
  addInFile(
    { name, source }: { readonly name: string; readonly source: SourceText },
    kind: IssueKind,
    path: Path,
    issue: { readonly span: Span; readonly message: string; readonly remedy?: string | undefined },
  ): void {
    if (this.#counts[kind.severity] >= MAX_ISSUES) return;
    this.#counts[kind.severity] += 1;
    this.#issues.push({
      code: kind.code,
      severity: kind.severity,
      message: shorten(issue.message),
      remedy: shorten(issue.remedy ?? kind.remedy),
      path: shortenPath(path),
      file: name,
      ...source.position(issue.span[0]),
      excerpt: source.excerpt(issue.span),
    });
  }

  /**
   * Adds the issues of another file. Those that are in a file which it names have the name of that
   * file already. Their fixes are left out: they are edits of another text.
   */
  addOf(name: string, issues: readonly DefinitionIssue[]): void {
    for (const { fix, ...issue } of issues) {
      if (this.#counts[issue.severity] >= MAX_ISSUES) continue;
      this.#counts[issue.severity] += 1;
      this.#issues.push({ ...issue, file: issue.file ?? name });
    }
  }

  /** Marks the value at the path as wrong, so that nothing else is reported about it. */
  markWrong(path: Path): void {
    if (this.isFull) return;
    this.#wrong.add(path);
  }

  /** True if the value at the path, or one that contains it, is marked as wrong. */
  isWrong(path: Path): boolean {
    return this.#wrong.hasStartOf(path);
  }

  /** True if no further error is added. Warnings are counted separately. */
  get isFull(): boolean {
    return this.#counts.error >= MAX_ISSUES;
  }

  /** Whether an issue is an error. */
  get hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  /** All issues in the order of the text, then those of other files in the order of theirs. */
  get all(): readonly DefinitionIssue[] {
    return this.#issues.toSorted(
      (one, other) =>
        compareFiles(one.file, other.file) || one.line - other.line || one.column - other.column,
    );
  }
}

function shorten(text: string): string {
  return printable(
    text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text,
  );
}

function shortenPath(path: Path): Path {
  const length = path.reduce<number>((sum, step) => sum + String(step).length, 0);
  return length <= MAX_PATH_LENGTH
    ? path
    : path.map((step) => (typeof step === "string" ? shortKey(step) : step));
}

function shortKey(key: string): string {
  return key.length > SHORT_KEY_LENGTH ? `${key.slice(0, SHORT_KEY_LENGTH - 1)}…` : key;
}

/** The definition itself, which has no name here, comes first. */
function compareFiles(one = "", other = ""): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
