import { ExpressionFailure } from "./ExpressionFailure.js";

export interface Token {
  readonly kind: "name" | "number" | "text" | "symbol" | "end";
  /** The name, the symbol, or the content of a text. */
  readonly text: string;
  /** Where the token ends in the source. */
  readonly end: number;
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** After a dot a name may hold hyphens, so that it can be the id of a step. */
const NAME_AFTER_DOT = /[A-Za-z_][A-Za-z0-9_-]*/y;
const SYMBOL = /&&|\|\||==|!=|<=|>=|[-+*/%<>!.,:()[\]{}]/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "/": "/",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** Reads the tokens of one expression from a text that may continue after it. */
export class Tokens {
  readonly #source: string;
  /** True if the expression ends at `}}`; otherwise it ends with the source. */
  readonly #isBraced: boolean;
  #at: number;
  #depth = 0;
  #isAfterDot = false;
  #next: Token;

  constructor(source: string, { from = 0, isBraced = false } = {}) {
    this.#source = source;
    this.#isBraced = isBraced;
    this.#at = from;
    this.#next = this.#read();
  }

  get next(): Token {
    return this.#next;
  }

  take(): Token {
    const taken = this.#next;
    if (taken.kind !== "end") this.#next = this.#read();
    return taken;
  }

  is(symbol: string): boolean {
    return this.#next.kind === "symbol" && this.#next.text === symbol;
  }

  /** Takes this symbol if it comes next. */
  skip(symbol: string): boolean {
    if (!this.is(symbol)) return false;
    this.take();
    return true;
  }

  expect(symbol: string): void {
    if (!this.skip(symbol)) throw this.unexpected(`expected ${symbol}`);
  }

  unexpected(wanted: string): ExpressionFailure {
    const { kind, text } = this.#next;
    const found = kind === "end" ? "the end" : text;
    return new ExpressionFailure("syntax", `${wanted}, found ${found}`);
  }

  #read(): Token {
    this.#match(SPACE);
    const wasAfterDot = this.#isAfterDot;
    this.#isAfterDot = false;
    if (this.#at >= this.#source.length) {
      if (this.#isBraced) throw new ExpressionFailure("syntax", "${{ is not closed");
      return this.#token("end", "");
    }
    if (this.#isBraced && this.#depth === 0 && this.#source.startsWith("}}", this.#at)) {
      this.#at += 2;
      return this.#token("end", "");
    }
    const char = this.#source[this.#at];
    if (char === "'" || char === '"') return this.#text(char);
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#token("number", number);
    const name = this.#match(wasAfterDot ? NAME_AFTER_DOT : NAME);
    if (name !== undefined) return this.#token("name", name);
    const symbol = this.#match(SYMBOL);
    if (symbol === undefined) throw new ExpressionFailure("syntax", `unexpected ${char}`);
    if (symbol === "{") this.#depth += 1;
    if (symbol === "}") this.#depth -= 1;
    this.#isAfterDot = symbol === ".";
    return this.#token("symbol", symbol);
  }

  #text(quote: string): Token {
    let content = "";
    for (let at = this.#at + 1; at < this.#source.length; at += 1) {
      const char = this.#source[at] ?? "";
      if (char === quote) {
        this.#at = at + 1;
        return this.#token("text", content);
      }
      if (char !== "\\") {
        content += char;
        continue;
      }
      at += 1;
      const escaped = this.#source[at] ?? "";
      const hex = /^u([0-9a-fA-F]{4})/.exec(this.#source.slice(at, at + 5))?.[1];
      const plain = ESCAPES[escaped];
      if (hex !== undefined) {
        content += String.fromCharCode(Number.parseInt(hex, 16));
        at += 4;
      } else if (plain !== undefined) content += plain;
      else throw new ExpressionFailure("syntax", `unknown escape \\${escaped}`);
    }
    throw new ExpressionFailure("syntax", "the text is not closed");
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #token(kind: Token["kind"], text: string): Token {
    return { kind, text, end: this.#at };
  }
}
