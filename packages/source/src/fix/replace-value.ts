import type { TextEdit } from "@automatosx/schemas";
import type { Path } from "../issues/IssueList.js";
import type { SourceNode } from "../read/source-node.js";
import type { EditPlace } from "./collection-edits.js";
import { isInJson, quoted } from "./scalar-edits.js";

/**
 * Returns the edit that writes another JSON value in the place of the one at a path, in one line.
 * It returns undefined if the end of the present value is not certain: for a block of several
 * lines, an anchor or an alias.
 */
export function replaceValue(place: EditPlace, path: Path, value: unknown): TextEdit | undefined {
  const { source, tree } = place;
  for (let depth = 0; depth < path.length; depth += 1) {
    const around = tree.nodeAt(path.slice(0, depth));
    if (around === undefined || source.text[around.start] === "*") return undefined;
  }
  const node = tree.nodeAt(path);
  const end = node && endOf(node, source.text);
  if (node === undefined || end === undefined) return undefined;
  return { start: node.start, end, text: inOneLine(value, isInJson(source)) };
}

/** Where a value ends in the text. */
function endOf(node: SourceNode, text: string): number | undefined {
  const first = text[node.start];
  if (first === "*" || first === "&" || first === "!") return undefined;
  if (node.kind === "scalar")
    return first === "|" || first === ">" || node.start === node.end ? undefined : node.end;
  const close = node.kind === "list" ? "]" : "}";
  if (first !== (node.kind === "list" ? "[" : "{")) return undefined;
  const last = node.kind === "list" ? node.items.at(-1) : node.entries.at(-1)?.value;
  const from = last === undefined ? node.start + 1 : endOf(last, text);
  if (from === undefined) return undefined;
  const gap = /^[\s,]*/.exec(text.slice(from, from + 1000))?.[0].length ?? 0;
  return text[from + gap] === close ? from + gap + 1 : undefined;
}

/** What an unquoted word may be, so that YAML reads it as the same text. */
const WORD = /^[A-Za-z][A-Za-z0-9_-]*$/;
const NO_TEXT: ReadonlySet<string> = new Set(["true", "false", "null"]);

function inOneLine(value: unknown, isJson: boolean): string {
  const write = (each: unknown) => inOneLine(each, isJson);
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(
      ([key, each]) => `${word(key, isJson)}: ${write(each)}`,
    );
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return typeof value === "string" ? word(value, isJson) : JSON.stringify(value);
}

function word(text: string, isJson: boolean): string {
  const isPlain = !isJson && WORD.test(text) && !NO_TEXT.has(text.toLowerCase());
  return isPlain ? text : quoted(text, isJson);
}
