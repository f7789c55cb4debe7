import { checkNumber, checkString, refuseBadText } from "./check-characters.js";
import { checkKey } from "./check-key.js";
import { MAX_DEPTH } from "./definition-limits.js";
import type { IssueList } from "./IssueList.js";
import { quoted } from "./SourceText.js";
import type { SourceEntry, SourceNode } from "./source-tree.js";

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

class JsonProblem extends Error {
  readonly offset: number;
  constructor(offset: number, expected: string) {
    super(expected);
    this.offset = offset;
  }
}

class TooDeep extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super("too deep");
    this.offset = offset;
  }
}

/**
 * Reads JSON. `JSON.parse` decides what is valid; the scan beside it finds the place of each key and value, and
 * keys written twice, which `JSON.parse` passes over.
 */
export function readJson(issues: IssueList): SourceNode | undefined {
  const { text } = issues.source;
  let problem: JsonProblem | undefined;
  let root: SourceNode | undefined;
  try {
    root = new JsonScan(issues).run();
  } catch (error) {
    if (error instanceof TooDeep) {
      issues.add(
        "tooDeep",
        [],
        [error.offset, error.offset + 1],
        `more than ${MAX_DEPTH} levels of lists and maps`,
      );
      return undefined;
    }
    if (!(error instanceof JsonProblem)) throw error;
    problem = error;
  }
  try {
    JSON.parse(text);
  } catch {
    if (refuseBadText(issues)) return undefined;
    const at = Math.min(problem?.offset ?? 0, text.length);
    const found =
      at >= text.length
        ? "the end of the text"
        : quoted(String.fromCodePoint(text.codePointAt(at) ?? 0));
    issues.add(
      "invalidJson",
      [],
      [at, at + 1],
      `expected ${problem?.message ?? "JSON"}, found ${found}`,
    );
    return undefined;
  }
  return root;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** One pass with a stack of its own: how deep the text is decides nothing about ours. */
class JsonScan {
  readonly #issues: IssueList;
  readonly #text: string;
  #at = 0;
  readonly #open: (OpenMap | OpenList)[] = [];

  constructor(issues: IssueList) {
    this.#issues = issues;
    this.#text = issues.source.text;
  }

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

  /** A finished value, or undefined when a list or map was opened whose first value comes next. */
  #begin(): SourceNode | undefined {
    this.#skipSpace();
    const start = this.#at;
    const character = this.#text[start];
    if ((character === "{" || character === "[") && this.#open.length >= MAX_DEPTH)
      throw new TooDeep(start);
    if (character === "{") {
      this.#at += 1;
      const map: OpenMap = {
        kind: "map",
        start,
        entries: [],
        keys: new Set(),
        key: "",
        keyStart: 0,
        keyEnd: 0,
      };
      if (this.#take("}")) return { kind: "map", start, end: this.#at, entries: [] };
      this.#open.push(map);
      this.#readKey(map, "a key in double quotes or `}`");
      return undefined;
    }
    if (character === "[") {
      this.#at += 1;
      if (this.#take("]")) return { kind: "list", start, end: this.#at, items: [] };
      this.#open.push({ kind: "list", start, items: [] });
      return undefined;
    }
    return this.#readScalar();
  }

  /** The map when it is complete, undefined when another value comes. */
  #addEntry(map: OpenMap, value: SourceNode): SourceNode | undefined {
    map.entries.push({ key: map.key, keySpan: [map.keyStart, map.keyEnd], value });
    if (this.#take(",")) {
      this.#readKey(map, "a key in double quotes");
      return undefined;
    }
    if (!this.#take("}")) throw new JsonProblem(this.#at, "`,` or `}`");
    this.#open.pop();
    return { kind: "map", start: map.start, end: this.#at, entries: map.entries };
  }

  #addItem(list: OpenList, value: SourceNode): SourceNode | undefined {
    list.items.push(value);
    if (this.#take(",")) return undefined;
    if (!this.#take("]")) throw new JsonProblem(this.#at, "`,` or `]`");
    this.#open.pop();
    return { kind: "list", start: list.start, end: this.#at, items: list.items };
  }

  #readKey(map: OpenMap, expected: string): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== '"') throw new JsonProblem(this.#at, expected);
    map.keyStart = this.#at;
    map.key = this.#readString();
    map.keyEnd = this.#at;
    if (!this.#take(":")) throw new JsonProblem(this.#at, "`:`");
    checkKey(map.key, map.keys, this.#path(), [map.keyStart, map.keyEnd], this.#issues);
  }

  #readScalar(): SourceNode {
    const start = this.#at;
    if (this.#text[start] === '"') {
      const value = this.#readString();
      checkString(value, this.#path(), [start, this.#at], this.#issues);
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
    checkNumber(value, written, this.#path(), [start, this.#at], this.#issues);
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
        throw new JsonProblem(at, "an escape such as `\\n` in place of a control character");
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

  #path(): (string | number)[] {
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
