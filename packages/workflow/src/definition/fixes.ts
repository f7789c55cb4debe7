import {
  addEntry,
  addItem,
  type EditPlace,
  isInJson,
  type Path,
  replaceInScalar,
  type Span,
} from "@automatosx/source";
import type { DefinitionFix } from "../errors.js";
import { ownValue } from "./steps/own-value.js";
import type { StepNode } from "./steps/step-tree.js";

/** Returns the fix that lets a step wait for another, if its place in the text is certain. */
export function addDependency(
  place: EditPlace,
  { path, written }: StepNode,
  id: string,
  mode?: "done",
): DefinitionFix | undefined {
  const inText = (word: string): string => (isInJson(place.source) ? JSON.stringify(word) : word);
  const name = mode === undefined ? inText(id) : `{ ${inText(id)}: ${inText(mode)} }`;
  const edit =
    ownValue(written, "dependencies") === undefined
      ? addEntry(place, path, "id", { key: "dependencies", written: `[${name}]` })
      : addItem(place, [...path, "dependencies"], name);
  const title = `add \`${mode === undefined ? id : `{ ${id}: done }`}\` to \`dependencies\``;
  return edit && { title, safe: true, edits: [edit] };
}

/** A piece of a text of the definition. */
export interface TextPiece {
  /** Where the text is in the definition. */
  readonly path: Path;
  /** The text as data. */
  readonly text: string;
  readonly span: Span;
}

/** Returns the fix that replaces a piece of a text, if its place is certain. */
export function replacePiece(
  { source, tree }: EditPlace,
  { path, text, span }: TextPiece,
  replacement: string,
  { safe, title = `write \`${replacement}\`` }: { readonly safe: boolean; readonly title?: string },
): DefinitionFix | undefined {
  const node = tree.nodeAt(path);
  if (node?.kind !== "scalar") return undefined;
  const edit = replaceInScalar(source, node, text, span, replacement);
  return edit && { title, safe, edits: [edit] };
}
