import { Expressions, Templates } from "../core/expressions.js";

const TEXT_LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;
const SECRET = /(?<![.\w])secrets\.([A-Za-z_]\w*)/g;

/** Returns the names of the secrets in a template: NAME of each `secrets.NAME`. */
export function secretNames(template: string): readonly string[] {
  if (!template.includes("secrets")) return [];
  const names = Templates.parse(template).parts.flatMap((part) =>
    typeof part === "string" ? [] : namesIn(Expressions.print(part.expression)),
  );
  return [...new Set(names)];
}

function namesIn(expression: string): string[] {
  const found = expression.replace(TEXT_LITERAL, "''").matchAll(SECRET);
  return [...found].map(([, name = ""]) => name);
}
