import type { DefinitionIssue } from "@automatosx/schemas";
import type { SourceText, Span } from "../text/SourceText.js";
import { printable } from "../text/SourceText.js";
import type { IssueKind } from "./issue-kind.js";

/** The path of a value in the data: `["steps", 2, "agentId"]`. */
export type Path = readonly (string | number)[];

/**
 * Maximum length of a message, in characters. Text that a message quotes may be a megabyte long.
 */
const MAX_MESSAGE_LENGTH = 1500;

/** Maximum number of issues for one text. Each needs an excerpt, and a longer list would not be read. */
const MAX_ISSUES = 1000;

/** Collects the issues of one text. */
export class IssueList {
  readonly source: SourceText;
  readonly #issues: DefinitionIssue[] = [];
  /** Paths of values that are known to be wrong. Their consequences are not reported. */
  readonly #wrong = new Set<string>();

  constructor(source: SourceText) {
    this.source = source;
  }

  /**
   * Adds an issue at a span of the text. Without a `remedy`, the issue has the remedy of its kind.
   */
  add(kind: IssueKind, path: Path, span: Span, message: string, remedy?: string): void {
    if (this.isFull) return;
    this.#issues.push({
      code: kind.code,
      severity: kind.severity,
      message: shorten(message),
      remedy: shorten(remedy ?? kind.remedy),
      path,
      ...this.source.position(span[0]),
      ...(this.source.text !== "" && { excerpt: this.source.excerpt(span) }),
    });
  }

  /** Marks the value at the path as wrong, so that nothing else is reported about it. */
  markWrong(path: Path): void {
    this.#wrong.add(JSON.stringify(path));
  }

  /** True if the value at the path, or one that contains it, is marked as wrong. */
  isWrong(path: Path): boolean {
    if (this.#wrong.size === 0) return false;
    if (this.#wrong.has("[]")) return true;
    return path.some((_, depth) => this.#wrong.has(JSON.stringify(path.slice(0, depth + 1))));
  }

  get isFull(): boolean {
    return this.#issues.length >= MAX_ISSUES;
  }

  get hasErrors(): boolean {
    return this.#issues.some((issue) => issue.severity === "error");
  }

  /** All issues in the order of the text. */
  get all(): readonly DefinitionIssue[] {
    return this.#issues.toSorted(
      (one, other) => one.line - other.line || one.column - other.column,
    );
  }
}

function shorten(text: string): string {
  return printable(
    text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text,
  );
}
