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

function walk(node: Expression, depth: number, found: Found): void {
  const { node: inner } = node as unknown as {
    node: { TAG: string; _0: unknown } & Record<string, unknown>;
  };
  const isPath = inner.TAG === "Name" || inner.TAG === "Member" || inner.TAG === "Literal";
  const deeper = isPath ? depth : depth + 1;
  found.depth = Math.max(found.depth, deeper);
  if (inner.TAG === "Literal") found.constructs.add(`${typeof inner._0} literal`);
  else if (inner.TAG === "Binary" || inner.TAG === "Each") found.constructs.add(String(inner._0));
  else if (inner.TAG === "Call") found.constructs.add((inner._0 as { text: string }).text);
  else found.constructs.add(inner.TAG);
  for (const part of [inner._0, inner._1, inner._2, inner._3].flat(2))
    if (typeof part === "object" && part !== null && "node" in part)
      walk(part as Expression, deeper, found);
}

/** The constructs of an expression, and how deeply they are nested. */
export function constructsIn(expression: Expression): Found {
  const found: Found = { constructs: new Set(), depth: 0 };
  walk(expression, 0, found);
  return found;
}
