import { type ExpressionReference, References, Templates } from "../core/expressions.js";

/** Returns the names of the secrets in a template: NAME of each `secrets.NAME`. */
export function secretNames(template: string): readonly string[] {
  if (!template.includes("secrets")) return [];
  const names = Templates.parse(template).parts.flatMap((part) =>
    typeof part === "string" ? [] : References.ofExpression(part.expression).flatMap(nameOf),
  );
  return [...new Set(names)];
}

function nameOf({ root, path: [name] }: ExpressionReference) {
  return root === "secrets" && typeof name === "string" ? [name] : [];
}
