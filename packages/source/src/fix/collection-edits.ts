import type { TextEdit } from "@automatosx/schemas";
import type { Path } from "../issues/IssueList.js";
import type { SourceTree } from "../read/SourceTree.js";
import type { SourceNode } from "../read/source-node.js";
import type { SourceText } from "../text/SourceText.js";
import { isInJson } from "./scalar-edits.js";

/** A text and its tree, in which edits are placed. */
export interface EditPlace {
  /** The text. */
  readonly source: SourceText;
  /** The tree of the text. */
  readonly tree: SourceTree;
}

type Collection = Exclude<SourceNode, { readonly kind: "scalar" }>;

/**
 * Returns the edit that adds an entry to the list at a path, or undefined if there is no list that
 * can be extended. `written` is the entry as it is written.
 */
export function addItem(place: EditPlace, path: Path, written: string): TextEdit | undefined {
  const list = ownCollection(place, path);
  if (list?.kind !== "list") return undefined;
  const { text } = place.source;
  const last = list.items.at(-1);
  if (text[list.start] === "[") {
    if (last === undefined) return insert(list.start + 1, written);
    // Of a list or map, only the start is known.
    return last.kind === "scalar"
      ? insert(last.end, `, ${written}`)
      : insert(list.start + 1, `${written}, `);
  }
  if (last?.kind !== "scalar" || isBlockText(text, last)) return undefined;
  const dash = text.lastIndexOf("-", last.start - 1);
  return insert(lineEnd(text, last.end), `${lineBreak(text)}${indentOf(text, dash)}- ${written}`);
}

/**
 * Returns the edit that adds an entry to the map at a path, beside the entry `after`, or undefined
 * if there is no map that can be extended. `written` is the value as it is written, in one line.
 */
export function addEntry(
  place: EditPlace,
  path: Path,
  after: string,
  { key, written }: { readonly key: string; readonly written: string },
): TextEdit | undefined {
  const map = ownCollection(place, path);
  if (map?.kind !== "map") return undefined;
  const { text } = place.source;
  const entry = `${isInJson(place.source) ? JSON.stringify(key) : key}: ${written}`;
  const above = map.entries.find(({ key: name }) => name === after);
  if (text[map.start] === "{") return addToFlowMap(text, map, above?.value, entry);
  if (above === undefined) return undefined;
  const indent = indentOf(text, above.keySpan[0]);
  // The end of a block of text, or of a list or map, is not known.
  if (above.value.kind !== "scalar" || isBlockText(text, above.value))
    return insert(above.keySpan[0], `${entry}${lineBreak(text)}${indent}`);
  return insert(lineEnd(text, above.value.end), `${lineBreak(text)}${indent}${entry}`);
}

function addToFlowMap(
  text: string,
  map: Collection & { readonly kind: "map" },
  above: SourceNode | undefined,
  entry: string,
): TextEdit {
  const [first] = map.entries;
  if (first === undefined) return insert(map.start + 1, ` ${entry} `);
  const isOnLines = text.slice(map.start, first.keySpan[0]).includes("\n");
  const gap = isOnLines ? `${lineBreak(text)}${indentOf(text, first.keySpan[0])}` : " ";
  return above?.kind === "scalar"
    ? insert(above.end, `,${gap}${entry}`)
    : insert(first.keySpan[0], `${entry},${gap}`);
}

/** Returns the edit that gives the key at a path another name. */
export function renameKey({ source, tree }: EditPlace, path: Path, name: string): TextEdit {
  const [start, end] = tree.locate(path, "key");
  const mark = source.text[start];
  const text = mark === '"' || mark === "'" ? `${mark}${name}${mark}` : name;
  return { start, end, text };
}

/**
 * Returns the list or map that is written at a path. An alias stands for a value that is written
 * elsewhere, perhaps for several places, so there is none.
 */
function ownCollection({ source, tree }: EditPlace, path: Path): Collection | undefined {
  for (let depth = 0; depth <= path.length; depth += 1) {
    const node = tree.nodeAt(path.slice(0, depth));
    if (node === undefined || source.text[node.start] === "*") return undefined;
    if (depth === path.length) return node.kind === "scalar" ? undefined : node;
  }
  return undefined;
}

function insert(at: number, text: string): TextEdit {
  return { start: at, end: at, text };
}

/** Whether a text is written as a block below its key, so that its end is that of a line. */
function isBlockText(text: string, { start }: SourceNode): boolean {
  return text[start] === "|" || text[start] === ">";
}

/** The end of the line with its comment, before the line break. */
function lineEnd(text: string, from: number): number {
  const found = text.slice(from).search(/\r?\n/);
  return found < 0 ? text.length : from + found;
}

/** As many spaces as there are characters before the place in its line. */
function indentOf(text: string, at: number): string {
  return " ".repeat(at - (text.lastIndexOf("\n", at - 1) + 1));
}

function lineBreak(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
