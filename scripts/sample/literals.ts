/** A string literal. Literals joined with `+` form one. */
export interface Literal {
  /** The offsets of its first character and of the character after its last. */
  readonly at: number;
  readonly end: number;
  /** Its value, with `…` in place of each `${…}`. */
  readonly text: string;
}

// A slash after one of these begins a regular expression; elsewhere it is a division sign.
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/;
const PATTERN = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t" };

/** The string literals of a TypeScript or ReScript file, outside of comments and placeholders. */
export function readLiterals(file: string): Literal[] {
  const found: Literal[] = [];
  for (let at = 0; at < file.length; ) {
    const after = skipped(file, at);
    if (after !== undefined) at = after;
    else if (isQuote(file, at)) {
      const literal = readLiteral(file, at);
      const last = found.at(-1);
      const isJoined = last !== undefined && /^\s*\+\s*$/.test(file.slice(last.end, at));
      if (isJoined)
        found[found.length - 1] = { ...literal, at: last.at, text: last.text + literal.text };
      else found.push(literal);
      at = literal.end;
    } else at += 1;
  }
  return found;
}

/** The offset after the comment or regular expression that begins at `at`. */
function skipped(file: string, at: number): number | undefined {
  if (file[at] !== "/") return undefined;
  const close = { "//": "\n", "/*": "*/" }[file.slice(at, at + 2)];
  if (close !== undefined) {
    const end = file.indexOf(close, at + 2);
    return end < 0 ? file.length : end + close.length;
  }
  PATTERN.lastIndex = at;
  const isPattern = BEFORE_PATTERN.test(file.slice(Math.max(0, at - 40), at)) && PATTERN.test(file);
  return isPattern ? PATTERN.lastIndex : undefined;
}

/** An apostrophe counts only if it closes on its line: in ReScript, `'a` is a type. */
function isQuote(file: string, at: number): boolean {
  if (file[at] !== "'") return file[at] === '"' || file[at] === "`";
  return /^'(?:[^'\\\n]|\\.)*'/.test(file.slice(at, at + 400));
}

function readLiteral(file: string, at: number): Literal {
  const quote = file[at];
  let text = "";
  let next = at + 1;
  while (next < file.length && file[next] !== quote) {
    if (file[next] === "\\") {
      const escaped = file[next + 1] ?? "";
      text += ESCAPES[escaped] ?? escaped;
      next += 2;
    } else if (quote === "`" && file.startsWith("${", next)) {
      text += "…";
      next = placeholderEnd(file, next + 2);
    } else {
      text += file[next];
      next += 1;
    }
  }
  return { at, end: next + 1, text };
}

function placeholderEnd(file: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < file.length && depth > 0) {
    if (isQuote(file, at)) at = readLiteral(file, at).end;
    else {
      if (file[at] === "{") depth += 1;
      if (file[at] === "}") depth -= 1;
      at += 1;
    }
  }
  return at;
}
