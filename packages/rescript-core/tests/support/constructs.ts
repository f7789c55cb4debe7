import { type Expression, Expressions } from "../../src/index.js";

/** Every construct and function that an expression can have, as `constructsIn` names them. */
export const CONSTRUCTS: readonly string[] = [
  "string literal",
  "number literal",
  "boolean literal",
  "Name",
  "Member",
  "Index",
  "ListOf",
  "MapOf",
  "Not",
  "Negate",
  "Has",
  "Default",
  "If",
  ...["Exists", "All", "Map", "Filter"],
  ...["Or", "And", "Equal", "Unequal", "Less", "AtMost", "Greater", "AtLeast", "In"],
  ...["Add", "Subtract", "Multiply", "Divide", "Remainder"],
  ...Expressions.functionNames,
];

interface Found {
  readonly constructs: Set<string>;
  /** How deeply calls, macros, operators, lists and maps are nested. */
  depth: number;
}

function walk({ node }: Expression, depth: number, found: Found): void {
  const { TAG: tag, ...parts } = node as { readonly TAG: string };
  const operands: unknown[] = Object.values(parts);
  const [first] = operands;
  const isPath = tag === "Name" || tag === "Member" || tag === "Literal";
  const deeper = isPath ? depth : depth + 1;
  found.depth = Math.max(found.depth, deeper);
  if (tag === "Literal") found.constructs.add(`${typeof first} literal`);
  else if (tag === "Binary" || tag === "Each") found.constructs.add(String(first));
  else if (tag === "Call") found.constructs.add((first as { readonly text: string }).text);
  else found.constructs.add(tag);
  for (const part of operands.flat(2))
    if (typeof part === "object" && part !== null && "node" in part)
      walk(part as Expression, deeper, found);
}

/** The constructs of an expression, and how deeply they are nested. */
export function constructsIn(expression: Expression): Found {
  const found: Found = { constructs: new Set(), depth: 0 };
  walk(expression, 0, found);
  return found;
}
