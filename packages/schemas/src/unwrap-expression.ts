const OPEN = "${{";
const CLOSE = "}}";

/**
 * Returns an expression as the normal form has it: without white space around it, and without `${{
 * }}` if one pair encloses the whole text. Other text is left to the parser of expressions.
 */
export function unwrapExpression(written: string | boolean): string {
  const text = String(written).trim();
  if (!text.startsWith(OPEN) || !text.endsWith(CLOSE)) return text;
  return endOfTemplate(text) === text.length ? text.slice(OPEN.length, -CLOSE.length).trim() : text;
}

/**
 * The position after the `}}` that closes the template at the beginning of the text. Braces of maps
 * and texts in quotes do not close it.
 */
function endOfTemplate(text: string): number | undefined {
  let depth = 0;
  let at = OPEN.length;
  while (at < text.length) {
    const unit = text[at];
    if (unit === "'" || unit === '"') {
      at = endOfQuoted(text, at);
      continue;
    }
    if (depth === 0 && text.startsWith(CLOSE, at)) return at + CLOSE.length;
    if (unit === "{") depth += 1;
    if (unit === "}") depth -= 1;
    at += 1;
  }
  return undefined;
}

function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}
