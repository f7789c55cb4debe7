/** The class of a part of the source: key, string, expression, comment, or nothing special. */
export type TokenClass = "k" | "s" | "x" | "c" | "";

/** A part of a line. The texts of a line's tokens, joined, are the line. */
export interface Token {
  readonly text: string;
  readonly class: TokenClass;
}

/** The keys whose values are expressions without `${{ }}`. */
const EXPRESSION_KEYS = new Set(["if", "until", "foreach", "in", "key"]);

/** A longer line is not coloured, in characters. */
const MAX_COLOURED = 4000;

const KEY_END = /:(?=\s|$)/;

/**
 * Colours YAML, and JSON with it, line by line. It marks what helps a reader and never refuses: a
 * text that is no YAML gets fewer colours.
 */
export class YamlTokens {
  /** The indentation of the key whose block scalar is being read. */
  #block: number | undefined;
  /** The quote that is open at the end of the line before. */
  #quote: '"' | "'" | undefined;
  #flowDepth = 0;
  #tokens: Token[] = [];
  #key = "";

  /** Returns the tokens of the next line, which has no line break. */
  next(line: string): readonly Token[] {
    this.#tokens = [];
    if (line.length > MAX_COLOURED) this.#add(line, "");
    else if (this.#isInBlock(line)) this.#addText(line, "");
    else this.#read(line);
    return this.#tokens;
  }

  #isInBlock(line: string): boolean {
    if (this.#block === undefined) return false;
    if (line.trim() === "" || indentOf(line) > this.#block) return true;
    this.#block = undefined;
    return false;
  }

  #read(line: string): void {
    let at = 0;
    if (this.#flowDepth === 0) this.#key = "";
    if (this.#quote !== undefined) at = this.#readQuoted(line, 0, this.#quote, 0);
    while (at < line.length) at = this.#readPart(line, at);
  }

  #readPart(line: string, at: number): number {
    const rest = line.slice(at);
    const first = rest[0] ?? "";
    const blank = /^\s+/.exec(rest)?.[0];
    if (blank !== undefined) return this.#take(blank, "", at);
    if (first === "#" && (at === 0 || /\s/.test(line[at - 1] ?? "")))
      return this.#take(rest, "c", at);
    if (first === '"' || first === "'") return this.#readQuoted(line, at, first, at + 1);
    if (/^[-?:](?=\s|$)/.test(rest)) return this.#take(first, "", at);
    if ("{[".includes(first)) {
      this.#flowDepth += 1;
      return this.#take(first, "", at);
    }
    if (this.#flowDepth > 0 && "}],:".includes(first)) {
      if (first === "}" || first === "]") this.#flowDepth -= 1;
      if (first !== ":") this.#key = "";
      return this.#take(first, "", at);
    }
    return this.#readPlain(line, at);
  }

  /** Reads a quoted text from `open`, whose content begins at `from`. Returns where it ends. */
  #readQuoted(line: string, open: number, quote: '"' | "'", from: number): number {
    const end = quoteEnd(line, from, quote);
    this.#quote = end === undefined ? quote : undefined;
    const text = line.slice(open, end ?? line.length);
    const after = line.slice(end ?? line.length);
    if (/^\s*:(\s|$|[\d"'{[tfn-])/.test(after)) {
      this.#key = text.slice(1, -1);
      return this.#take(text, "k", open);
    }
    this.#addText(text, this.#isExpression(text) ? "x" : "s");
    return open + text.length;
  }

  #readPlain(line: string, at: number): number {
    const rest = line.slice(at);
    const comment = rest.search(/\s+#/);
    let text = comment === -1 ? rest : rest.slice(0, comment);
    if (this.#flowDepth > 0) text = text.slice(0, flowEnd(text));
    const keyEnd = KEY_END.exec(text)?.index;
    if (keyEnd !== undefined) {
      const key = text.slice(0, keyEnd);
      this.#key = key.trim();
      this.#add(key, "k");
      this.#add(":", "");
      const value = text.slice(keyEnd + 1);
      if (/^\s*[|>][-+\d]*\s*$/.test(value)) this.#block = indentOf(line);
      return at + keyEnd + 1;
    }
    const value = text.trimEnd();
    if (value === "") return this.#take(rest[0] ?? "", "", at);
    this.#addText(value, this.#isExpression(value) ? "x" : "");
    return at + value.length;
  }

  #isExpression(text: string): boolean {
    return EXPRESSION_KEYS.has(this.#key) && !text.includes("${{") && !/^[|>]/.test(text);
  }

  #take(text: string, tokenClass: TokenClass, at: number): number {
    this.#add(text, tokenClass);
    return at + text.length;
  }

  /** Adds a text in which the parts within `${{ }}` are expressions. */
  #addText(text: string, tokenClass: TokenClass): void {
    let from = 0;
    for (const { 0: expression, index } of text.matchAll(/\$\{\{.*?\}\}/g)) {
      this.#add(text.slice(from, index), tokenClass);
      this.#add(expression, "x");
      from = index + expression.length;
    }
    this.#add(text.slice(from), tokenClass);
  }

  #add(text: string, tokenClass: TokenClass): void {
    if (text !== "") this.#tokens.push({ text, class: tokenClass });
  }
}

function indentOf(line: string): number {
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}

/** Where a quoted text ends, behind its quote; undefined if it does not end on this line. */
function quoteEnd(line: string, from: number, quote: string): number | undefined {
  for (let at = from; at < line.length; at += 1) {
    if (quote === '"' && line[at] === "\\") at += 1;
    else if (line[at] === quote) {
      if (quote === '"' || line[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return undefined;
}

/** Where a plain text ends inside brackets. A template may contain brackets itself. */
function flowEnd(text: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith("${{", at)) {
      const end = text.indexOf("}}", at);
      if (end === -1) return text.length;
      at = end + 1;
    } else if (",{}[]".includes(text[at] ?? "")) return at;
  }
  return text.length;
}

/** Marks the characters from `from` to `to` (both from 0, `to` excluded) of a line. */
export function withMark(
  tokens: readonly Token[],
  from: number,
  to: number,
): readonly (Token & { readonly isMarked: boolean })[] {
  let start = 0;
  return tokens.flatMap((token) => {
    const end = start + token.text.length;
    const cuts = [start, ...[from, to].filter((cut) => cut > start && cut < end), end];
    const parts = cuts.slice(1).map((cut, index) => {
      const begin = cuts[index] ?? start;
      const text = token.text.slice(begin - start, cut - start);
      return { ...token, text, isMarked: begin >= from && cut <= to };
    });
    start = end;
    return parts;
  });
}
