import type { DefinitionFix } from "@automatosx/schemas";
import { quoted as inQuotes } from "../fix/scalar-edits.js";
import type { Path } from "../issues/IssueList.js";
import type { Span } from "../text/SourceText.js";

/** The keys whose whole text is an expression, by the key of the map that has them. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  step: ["if", "foreach", "key"],
  foreach: ["in", "key"],
  loop: ["until"],
  agentId: ["from"],
  wait: ["until"],
  check: ["that"],
};

const LAST_KEYS: ReadonlySet<string | number | undefined> = new Set(Object.values(KEYS).flat());

/** A key of that kind with the beginning of its value, before a place in a line. */
const KEY_BEFORE = /(?:^|[\s{,-])(?:if|foreach|key|in|until|from|that):[ \t]+/g;

/** Whether the text at a path of a workflow is an expression, without `${{ }}`. */
export function isExpressionPath(path: Path): boolean {
  // Most paths end with another key.
  if (!LAST_KEYS.has(path.at(-1))) return false;
  const list = path.lastIndexOf("steps");
  if (list < 0 && path[0] !== "on") return false;
  // A step of the workflow or of a group, or a handler: `["on", "always", 0]`.
  const [index, key, ...inner] = path.slice(list < 0 ? 2 : list + 1);
  if (typeof index !== "number" || typeof key !== "string") return false;
  // Of several checks, each has a position.
  const [first] = key === "check" && typeof inner[0] === "number" ? inner.slice(1) : inner;
  if (first === undefined) return KEYS["step"]?.includes(key) === true;
  return Object.hasOwn(KEYS, key) && key !== "step" && KEYS[key]?.includes(String(first)) === true;
}

/**
 * Returns where an unquoted expression ends for its author: at the end of the line, or in brackets
 * at the comma or the bracket that follows it. YAML may end it earlier. Undefined if a bracket or a
 * quote is not closed.
 */
export function expressionEnd(text: string, from: number, isFlow: boolean): number | undefined {
  let depth = 0;
  let quote = "";
  let at = from;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === "\n" || character === "\r") break;
    if (quote !== "") {
      if (character === "\\") at += 1;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') quote = character;
    else if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) {
      if (depth === 0 && isFlow) break;
      depth -= 1;
    } else if (character === "," && depth === 0 && isFlow) break;
    else if (character === "#" && /\s/.test(text[at - 1] ?? "")) break;
  }
  if (depth !== 0 || quote !== "") return undefined;
  return from + text.slice(from, at).trimEnd().length;
}

/**
 * Returns the fix that quotes a piece of the text, which is an expression as its author means it.
 */
export function quotingFix(text: string, [start, end]: Span): DefinitionFix {
  const written = inQuotes(text.slice(start, end));
  return { title: "quote the expression", safe: true, edits: [{ start, end, text: written }] };
}

/**
 * Returns the unquoted expression that contains a place, if the place is in the value of a key
 * whose text is an expression.
 */
export function expressionAround(text: string, at: number): Span | undefined {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(lineStart, at);
  // Quadratic only in the length of one line.
  const keys = [...line.matchAll(KEY_BEFORE)];
  const last = keys.at(-1);
  if (last === undefined) return undefined;
  const start = lineStart + last.index + last[0].length;
  const isFlow = /[{[,]/.test(line.slice(0, last.index + 1));
  const end = expressionEnd(text, start, isFlow);
  return end !== undefined && at < end ? [start, end] : undefined;
}
