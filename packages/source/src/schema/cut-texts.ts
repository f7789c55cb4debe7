import type { IssueList, Path } from "../issues/IssueList.js";
import { asWarning } from "../issues/issue-kind.js";
import { REFERENCE_ISSUES } from "../issues/reference-issues.js";
import type { SourceNode } from "../read/source-node.js";
import { quoted } from "../text/SourceText.js";

/** The text from ` #` that follows an unquoted value in its line. */
const COMMENT = /[ \t]+(#[^\r\n]*)/y;

/** A line below an unquoted text that begins with `#`, as if it continued the text. */
const COMMENT_BELOW = /[ \t]*\r?\n[ \t]+(#[^\s#!][^\r\n]*)/y;

/**
 * Keys whose values are texts for readers or agents, so that a comment may have been meant as one.
 */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  "args",
  "ask",
  "checkpoint",
  "command",
  "context",
  "cwd",
  "default",
  "description",
  "env",
  "input",
  "message",
  "metadata",
  "name",
  "outputs",
  "reason",
  "script",
  "show",
  "task",
  "with",
]);

/**
 * Warns of unquoted YAML texts that a comment cuts off: `Fix issue #12` is read as `Fix issue`. A
 * comment that is set off by a space, `# like this`, is reported only after a task, which a comment
 * rarely follows in its line.
 */
export function warnOfCutText(root: SourceNode, issues: IssueList): void {
  // Most files have no such comment.
  if (/\s#/.test(issues.source.text)) examine(root, [], false, issues);
}

function examine(node: SourceNode, path: Path, isText: boolean, issues: IssueList): void {
  switch (node.kind) {
    case "list":
      for (const [index, item] of node.items.entries())
        examine(item, [...path, index], isText, issues);
      return;
    case "map":
      for (const { key, value } of node.entries)
        if (!key.startsWith("x-"))
          examine(value, [...path, key], isText || TEXT_KEYS.has(key), issues);
      return;
    case "scalar":
      if (isText && node.plain && typeof node.value === "string") warn(node, path, issues);
  }
}

function warn(
  { start, end, value }: { readonly start: number; readonly end: number; readonly value: unknown },
  path: Path,
  issues: IssueList,
): void {
  const { text } = issues.source;
  const found = after(COMMENT, text, end) ?? after(COMMENT_BELOW, text, end);
  if (found === undefined || issues.isWrong(path)) return;
  const isSetOff = /^#[\s#!]|^#$/.test(found.comment);
  if (isSetOff && path.at(-1) !== "task") return;
  // A reference that is cut in the middle is an error of its own.
  if (/\$\{\{(?:(?!\}\}).)*$/s.test(String(value).slice(-500))) return;
  const written = text.slice(start, end);
  const whole = `${written} ${found.comment}`.trimEnd();
  const isShort = whole.length <= 60 && !/["\\\n]/.test(whole);
  const message = `the text ends before ${quoted(found.comment)}, which is a comment in YAML`;
  const remedy = isShort
    ? `quote the text: \`"${whole}"\`; if it is a comment, write it in a line of its own`
    : "quote the whole text; if it is a comment, write it in a line of its own";
  const kind = asWarning(REFERENCE_ISSUES.cutText);
  issues.add(kind, path, [found.at, found.at + found.comment.length], message, remedy);
}

function after(
  pattern: RegExp,
  text: string,
  end: number,
): { readonly comment: string; readonly at: number } | undefined {
  pattern.lastIndex = end;
  const [whole, comment] = pattern.exec(text) ?? [];
  if (whole === undefined || comment === undefined) return undefined;
  return { comment: comment.trimEnd(), at: end + whole.length - comment.length };
}
