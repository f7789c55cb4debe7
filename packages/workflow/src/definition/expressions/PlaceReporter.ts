import {
  asWarning,
  type IssueKind,
  locateInScalar,
  locateInText,
  quoteScalar,
  type Span,
} from "@automatosx/source";
import type { ExpressionSpan } from "../../core/expressions.js";
import type { DefinitionFix } from "../../errors.js";
import { type CheckPlace, editPlaceOf } from "../check-place.js";
import { replacePiece } from "../fixes.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { type ExpressionPlace, OPEN } from "./expression-places.js";

/**
 * Maximum number of errors for one text, and of warnings. Locating each one requires a pass over
 * the whole text.
 */
const MAX_ISSUES_PER_TEXT = 20;

/** How much of a comment is read that may be a part of a text, in characters. */
const MAX_COMMENT = 4096;

const KINDS: ReadonlyMap<string, IssueKind> = new Map(
  Object.values(ISSUE_KINDS).map((kind) => [kind.code, kind]),
);

/** Something to report about a text. */
export interface PlaceIssue {
  readonly code: string;
  readonly severity?: "error" | "warning";
  readonly message: string;
  readonly span: ExpressionSpan;
  readonly remedy?: string | undefined;
  readonly fix?: DefinitionFix | undefined;
}

/** Reports issues at pieces of the texts of a workflow. */
export class PlaceReporter {
  readonly #place: CheckPlace;
  readonly #counts = new Map<string, number>();

  constructor(place: CheckPlace) {
    this.#place = place;
  }

  /** Whether no more such issues are added for a text, so that none needs to be worded. */
  isFull({ path }: ExpressionPlace, severity: "error" | "warning" = "error"): boolean {
    const count = this.#counts.size === 0 ? 0 : (this.#counts.get(keyOf(path, severity)) ?? 0);
    return (severity === "error" && this.#place.issues.isFull) || count >= MAX_ISSUES_PER_TEXT;
  }

  add(place: ExpressionPlace, { code, severity, message, span, remedy, fix }: PlaceIssue): void {
    const known = KINDS.get(code);
    if (known === undefined) throw new Error(`there is no kind of issue with the code ${code}`);
    const kind = severity === "warning" ? asWarning(known) : known;
    const { issues } = this.#place;
    if (issues.isWrong(place.path) || this.isFull(place, kind.severity)) return;
    const key = keyOf(place.path, kind.severity);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const file = this.#place.taskFileAt?.(place.path);
    if (file !== undefined)
      return issues.addInFile(file, kind, place.path, {
        span: [span.start, span.end],
        message,
        remedy,
      });
    issues.add(kind, place.path, this.locate(place, [span.start, span.end]), message, remedy, fix);
  }

  /**
   * If a comment ends an unquoted text: the text with the comment, and the fix that quotes it.
   */
  cutByComment({
    path,
  }: ExpressionPlace): { readonly whole: string; readonly fix: DefinitionFix } | undefined {
    const { issues, tree } = this.#place;
    const node = tree.nodeAt(path);
    if (node?.kind !== "scalar" || !node.plain) return undefined;
    const { text } = issues.source;
    const comment = /^[ \t]+#[^\r\n]*/.exec(text.slice(node.end, node.end + MAX_COMMENT))?.[0];
    if (comment === undefined) return undefined;
    const end = node.end + comment.trimEnd().length;
    const whole = text.slice(node.start, end);
    const edit = quoteScalar(issues.source, { ...node, end }, whole);
    return { whole, fix: { title: "quote the text", safe: true, edits: [edit] } };
  }

  /** The fix that replaces a piece of a text. */
  replacement(
    { path, text }: ExpressionPlace,
    { start, end }: ExpressionSpan,
    replacement: string,
    options: { readonly safe: boolean; readonly title?: string },
  ): DefinitionFix | undefined {
    const piece = { path, text, span: [start, end] as const };
    return replacePiece(editPlaceOf(this.#place), piece, replacement, options);
  }

  locate({ path, text, isField }: ExpressionPlace, piece: Span): Span {
    const { issues, tree } = this.#place;
    const node = tree.nodeAt(path);
    if (node?.kind !== "scalar") return tree.locate(path);
    if (!isField) return locateInText(issues.source, node, text, OPEN, piece);
    return locateInScalar(issues.source, node, text, piece) ?? [node.start, node.end];
  }
}

function keyOf(path: ExpressionPlace["path"], severity: string): string {
  return `${severity} ${JSON.stringify(path)}`;
}
