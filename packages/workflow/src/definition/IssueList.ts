import type { DefinitionIssue } from "../errors.js";
import type { IssueName } from "./issue-codes.js";
import { ISSUE_KINDS } from "./issue-codes.js";
import type { SourceText, Span } from "./SourceText.js";
import { printable } from "./SourceText.js";
import type { Path } from "./source-tree.js";

/** Characters of a message: what it quotes from the text may be a megabyte. */
const MAX_MESSAGE_LENGTH = 1500;

function shown(text: string): string {
  return printable(
    text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text,
  );
}

/** After this many, more would help no one. */
const MAX_ISSUES = 1000;

/** The issues of one definition, as they are found. */
export class IssueList {
  readonly source: SourceText;
  readonly #issues: DefinitionIssue[] = [];
  /** Paths whose value is known to be wrong already: what follows from that is not reported again. */
  readonly #wrong = new Set<string>();

  constructor(source: SourceText) {
    this.source = source;
  }

  add(name: IssueName, path: Path, span: Span, message: string, remedy?: string): void {
    if (this.#issues.length >= MAX_ISSUES) return;
    const kind = ISSUE_KINDS[name];
    this.#issues.push({
      code: kind.code,
      severity: kind.severity,
      message: shown(message),
      remedy: shown(remedy ?? kind.remedy),
      path,
      ...this.source.position(span[0]),
      ...(this.source.text !== "" && { excerpt: this.source.excerpt(span) }),
    });
  }

  /** Says that the value at the path cannot be judged any further. */
  markWrong(path: Path): void {
    this.#wrong.add(JSON.stringify(path));
  }

  /** Is the path, or something that it lies in, marked as wrong? */
  isWrong(path: Path): boolean {
    if (this.#wrong.size === 0) return false;
    return path.some((_, depth) => this.#wrong.has(JSON.stringify(path.slice(0, depth + 1))));
  }

  get isFull(): boolean {
    return this.#issues.length >= MAX_ISSUES;
  }

  get hasErrors(): boolean {
    return this.#issues.some((issue) => issue.severity === "error");
  }

  get all(): readonly DefinitionIssue[] {
    return this.#issues;
  }
}
