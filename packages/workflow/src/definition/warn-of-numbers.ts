import { type IssueList, quoted, type SourceNode } from "@automatosx/source";
import { ISSUE_KINDS } from "./issue-kinds.js";

/**
 * Numbers that people write as text: `+49301234` (a telephone number), `1234e5` (a commit), `1.10`
 * (a version), `0o755` (a file mode), `0x1F` (an id). As numbers they lose the characters that
 * distinguish them, and tasks contain them in decimal notation.
 */
const LOOKS_LIKE_TEXT = /^(?:\+.+|[1-9]\d*[eE]\d+|-?\d+\.\d*[1-9]0+|[-+]?0[xo].+)$/;

/** A postal code such as `0123`, or a file mode such as `0755`. */
const HAS_LEADING_ZERO = /^[-+]?0\d+(?:\.\d*)?$/;

/**
 * Warns of unquoted YAML values that were read as numbers although they look like text. Only the
 * values that an author is free to choose are examined: `context`, `metadata`, and the defaults of
 * `inputs`.
 */
export function warnOfNumbers(root: SourceNode, issues: IssueList): void {
  if (root.kind !== "map") return;
  for (const { key, value } of root.entries) {
    if (key === "context" || key === "metadata") examine(value, [key], issues);
    if (key !== "inputs" || value.kind !== "map") continue;
    for (const input of value.entries) {
      // The default of a text is an error.
      if (input.value.kind !== "map" || typeOf(input.value) === "string") continue;
      for (const field of input.value.entries)
        if (field.key === "default") examine(field.value, [key, input.key, field.key], issues);
    }
  }
}

function typeOf({ entries }: Extract<SourceNode, { readonly kind: "map" }>): unknown {
  const value = entries.find(({ key }) => key === "type")?.value;
  return value?.kind === "scalar" ? value.value : undefined;
}

function examine(node: SourceNode, path: readonly (string | number)[], issues: IssueList): void {
  switch (node.kind) {
    case "list":
      for (const [index, item] of node.items.entries()) examine(item, [...path, index], issues);
      return;
    case "map":
      for (const { key, value } of node.entries) examine(value, [...path, key], issues);
      return;
    case "scalar": {
      if (typeof node.value !== "number" || !node.plain) return;
      const written = issues.source.text.slice(node.start, node.end);
      const kind = HAS_LEADING_ZERO.test(written)
        ? ISSUE_KINDS.leadingZero
        : LOOKS_LIKE_TEXT.test(written)
          ? ISSUE_KINDS.numberOfText
          : undefined;
      if (kind === undefined || issues.isWrong(path)) return;
      const message = `${quoted(written)} was read as the number ${node.value}`;
      const remedy = `quote it to keep it as text, or write the number as ${node.value}`;
      issues.add(kind, path, [node.start, node.end], message, remedy);
    }
  }
}
