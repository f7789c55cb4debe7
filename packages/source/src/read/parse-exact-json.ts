import type { Path } from "../issues/IssueList.js";
import { quoted, type Span } from "../text/SourceText.js";
import { mayHoldInexactNumber, numberChange } from "./exact-number.js";

/** A piece of a JSON text that would be lost or changed if the text were read. */
export class JsonLoss extends Error {
  /** The path of the value in the data. */
  readonly path: Path;
  /** Where the value is in the text. */
  readonly span: Span;
  /** What would happen to the value: `would be read as 0`. */
  readonly loss: string;
  /** What to write instead. */
  readonly remedy: string;

  constructor(subject: string, loss: string, path: Path, span: Span, remedy: string) {
    super(`${subject} ${loss}`);
    this.name = "JsonLoss";
    this.loss = loss;
    this.path = path;
    this.span = span;
    this.remedy = remedy;
  }
}

/** What else is refused, besides numbers that would change. */
export interface ParseExactJsonOptions {
  /** Refuses a key that appears twice in one object; otherwise the last one counts. */
  readonly uniqueKeys?: boolean;
}

/**
 * Like `JSON.parse`, but refuses a number that would change: an integer beyond ±(2^53 − 1), and a
 * number that becomes infinite or 0. A byte order mark before the text is ignored. Takes time
 * linear in the length of the text.
 *
 * @throws SyntaxError for a text that is not JSON, and `JsonLoss` for a number that would change
 */
export function parseExactJson(
  text: string,
  { uniqueKeys = false }: ParseExactJsonOptions = {},
): unknown {
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  const value: unknown = JSON.parse(json);
  if (uniqueKeys || mayHoldInexactNumber(json))
    refuseLoss(json, text.length - json.length, uniqueKeys);
  return value;
}

/** `steps[2].ids`; the empty text for the whole value. */
export function describePath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (/^[A-Za-z_$][\w$]*$/.test(step)) return index === 0 ? step : `.${step}`;
      return `[${JSON.stringify(step)}]`;
    })
    .join("");
}

interface Open {
  /** The keys so far; absent for an array. */
  readonly keys?: Set<string>;
  /** The current key or index. */
  at: string | number;
  /** Whether the next string of an object is a key. */
  expectsKey: boolean;
}

/** A token that matters here: a bracket, a comma, a number, or the quote that starts a string. */
const TOKEN = /[{}[\],"]|-?\d[\d.eE+-]*/g;

/** Walks a text that is valid JSON. `offset` is added to every place. */
function refuseLoss(json: string, offset: number, uniqueKeys: boolean): void {
  const open: Open[] = [];
  const pathOf = (): Path => open.map(({ at }) => at);
  const token = new RegExp(TOKEN);
  for (let found = token.exec(json); found !== null; found = token.exec(json)) {
    const [word] = found;
    const top = open.at(-1);
    switch (word) {
      case "{":
        open.push({ keys: new Set(), at: "", expectsKey: true });
        break;
      case "[":
        open.push({ at: 0, expectsKey: false });
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (typeof top?.at === "number") top.at += 1;
        else if (top !== undefined) top.expectsKey = true;
        break;
      case '"': {
        token.lastIndex = endOfString(json, found.index);
        if (top?.keys === undefined || !top.expectsKey) break;
        top.expectsKey = false;
        top.at = JSON.parse(json.slice(found.index, token.lastIndex)) as string;
        if (uniqueKeys && top.keys.has(top.at))
          throw new JsonLoss(
            `the key ${quoted(top.at)}`,
            "appears twice",
            pathOf(),
            [offset + found.index, offset + token.lastIndex],
            "Keep one of the two.",
          );
        if (uniqueKeys) top.keys.add(top.at);
        break;
      }
      default:
        refuseChange(word, pathOf, offset + found.index);
    }
  }
}

function refuseChange(written: string, pathOf: () => Path, at: number): void {
  const change = numberChange(written, Number(written));
  if (change === undefined) return;
  const path = pathOf();
  const where = path.length === 0 ? "" : ` at ${quoted(describePath(path))}`;
  const subject = `the number ${quoted(written)}${where}`;
  const remedy = "Write it in double quotes to keep it as text.";
  throw new JsonLoss(subject, change, path, [at, at + written.length], remedy);
}

/** Returns the offset after the string that starts at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = json.indexOf('"', at);
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
