import { checkNumber, checkString } from "../issues/check-characters.js";
import type { IssueList, Path } from "../issues/IssueList.js";
import { checkKey } from "./check-key.js";
import type { SourceEntry, SourceNode, SourceScalar } from "./source-node.js";
import { MAX_DEPTH } from "./text-limits.js";

/** Where a text stops being valid JSON, and what was expected there. */
export class JsonProblem extends Error {
  readonly offset: number;

  constructor(offset: number, expected: string) {
    super(expected);
    this.offset = offset;
  }
}

/** The position at which a text exceeds `MAX_DEPTH`. */
export class TooDeep extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super("too deep");
    this.offset = offset;
  }
}

interface OpenMap {
  readonly kind: "map";
  readonly start: number;
  readonly entries: SourceEntry[];
  readonly keys: Set<string>;
  key: string;
  keyStart: number;
  keyEnd: number;
}

interface OpenList {
  readonly kind: "list";
  readonly start: number;
  readonly items: SourceNode[];
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/**
 * Finds the location of each key and value in a JSON text in one pass, with an explicit stack
 * instead of recursion.
 */
export class JsonScan {
  readonly #issues: IssueList;
  readonly #text: string;
  #at = 0;
  readonly #open: (OpenMap | OpenList)[] = [];

  constructor(issues: IssueList) {
    this.#issues = issues;
    this.#text = issues.source.text;
  }

  /** Returns the text as data. Throws a `JsonProblem` or `TooDeep`. */
  run(): SourceNode {
    for (;;) {
      let value = this.#begin();
      while (value) {
        const parent = this.#open.at(-1);
        if (!parent) {
          this.#skipSpace();
          if (this.#at < this.#text.length) throw new JsonProblem(this.#at, "the end of the text");
          return value;
        }
        value =
          parent.kind === "map" ? this.#addEntry(parent, value) : this.#addItem(parent, value);
      }
    }
  }

  /** Returns a complete value, or undefined after the start of a non-empty list or map. */
  #begin(): SourceNode | undefined {
    this.#skipSpace();
    const start = this.#at;
    const character = this.#text[start];
    if (character !== "{" && character !== "[") return this.#readScalar();
    if (this.#open.length >= MAX_DEPTH) throw new TooDeep(start);
    this.#at += 1;
    if (character === "[") {
      if (this.#take("]")) return { kind: "list", start, items: [] };
      this.#open.push({ kind: "list", start, items: [] });
      return undefined;
    }
    if (this.#take("}")) return { kind: "map", start, entries: [] };
    const keys = new Set<string>();
    const map: OpenMap = { kind: "map", start, entries: [], keys, key: "", keyStart: 0, keyEnd: 0 };
    this.#open.push(map);
    this.#readKey(map, "a key in double quotes or `}`");
    return undefined;
  }

  /** Returns the map if this value completes it. */
  #addEntry(map: OpenMap, value: SourceNode): SourceNode | undefined {
    map.entries.push({ key: map.key, keySpan: [map.keyStart, map.keyEnd], value });
    if (this.#take(",")) {
      this.#readKey(map, "a key in double quotes");
      return undefined;
    }
    if (!this.#take("}")) throw new JsonProblem(this.#at, "`,` or `}`");
    this.#open.pop();
    return { kind: "map", start: map.start, entries: map.entries };
  }

  /** Returns the list if this value completes it. */
  #addItem(list: OpenList, value: SourceNode): SourceNode | undefined {
    list.items.push(value);
    if (this.#take(",")) return undefined;
    if (!this.#take("]")) throw new JsonProblem(this.#at, "`,` or `]`");
    this.#open.pop();
    return { kind: "list", start: list.start, items: list.items };
  }

  #readKey(map: OpenMap, expected: string): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== '"') throw new JsonProblem(this.#at, expected);
    map.keyStart = this.#at;
    map.key = this.#readString();
    map.keyEnd = this.#at;
    if (!this.#take(":")) throw new JsonProblem(this.#at, "`:`");
    checkKey(map.key, map.keys, () => this.#path(), [map.keyStart, map.keyEnd], this.#issues);
  }

  #readScalar(): SourceScalar {
    const start = this.#at;
    if (this.#text[start] === '"') {
      const value = this.#readString();
      checkString(value, () => this.#path(), [start, this.#at], this.#issues);
      return { kind: "scalar", start, end: this.#at, value, plain: false };
    }
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, start)) {
        this.#at += word.length;
        return { kind: "scalar", start, end: this.#at, value, plain: true };
      }
    }
    NUMBER.lastIndex = start;
    const [written] = NUMBER.exec(this.#text) ?? [];
    if (written === undefined) throw new JsonProblem(start, "a value");
    this.#at += written.length;
    const value = Number(written);
    checkNumber(value, written, () => this.#path(), [start, this.#at], this.#issues);
    return { kind: "scalar", start, end: this.#at, value, plain: true };
  }

  #readString(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        return this.#decode(start, this.#at);
      }
      if (unit === 0x5c) at += 1;
      else if (unit < 0x20)
        throw new JsonProblem(at, "an escape such as `\\n` instead of a control character");
    }
    throw new JsonProblem(this.#text.length, '`"` at the end of the string');
  }

  #decode(start: number, end: number): string {
    const literal = this.#text.slice(start, end);
    if (!literal.includes("\\")) return literal.slice(1, -1);
    try {
      return JSON.parse(literal) as string;
    } catch {
      const bad = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(literal.replace(/\\\\/g, "  "));
      throw new JsonProblem(
        start + (bad?.index ?? 0),
        'an escape that JSON has (`\\n`, `\\"`, `\\\\`, `\\u0041`)',
      );
    }
  }

  #path(): Path {
    return this.#open.map((open) => (open.kind === "map" ? open.key : open.items.length));
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
