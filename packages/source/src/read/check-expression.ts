import type { IssueList, Path } from "../issues/IssueList.js";
import { REFERENCE_ISSUES } from "../issues/reference-issues.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted } from "../text/SourceText.js";
import { expressionEnd, quotingFix } from "./expression-text.js";

/** How an expression is written in YAML. */
export interface WrittenExpression {
  /** Where it begins, with a tag or an anchor before its value. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  readonly isPlain: boolean;
  /** Whether it is in brackets, where a comma or a bracket ends it. */
  readonly isFlow: boolean;
}

/**
 * Reports an unquoted expression of which YAML reads a part as something else: `! x` as a tag, `&&
 * x` as an anchor, and what follows a comma as the next key. Returns where the expression ends.
 */
export function checkExpression(
  { start, valueStart, end, isPlain, isFlow }: WrittenExpression,
  pathOf: () => Path,
  issues: IssueList,
): number | undefined {
  const { text } = issues.source;
  if (!isPlain) return undefined;
  const whole = expressionEnd(text, start, isFlow);
  const fix = whole === undefined ? undefined : quotingFix(text, [start, whole]);
  const lead = /^(?:!(?=\s)|&&)/.exec(text.slice(start, start + 3))?.[0];
  if (lead !== undefined) {
    const path = pathOf();
    const effect = lead === "!" ? "a tag" : "an anchor";
    const message = `an unquoted ${quoted(lead)} begins ${effect} in YAML`;
    const span = [start, start + lead.length] as const;
    issues.add(TEXT_ISSUES.unknownTag, path, span, message, "quote the expression", fix);
    issues.markWrong(path);
    return whole;
  }
  if (!isFlow || whole === undefined || whole <= end) return undefined;
  const path = pathOf();
  const mark = quoted(text.slice(end, whole).trim().slice(0, 1));
  const message = `${mark} ends an unquoted text in brackets, in the middle of an expression`;
  issues.add(
    REFERENCE_ISSUES.cutText,
    path,
    [valueStart, Math.max(end, valueStart + 1)],
    message,
    "quote the expression",
    fix,
  );
  issues.markWrong(path);
  return whole;
}
