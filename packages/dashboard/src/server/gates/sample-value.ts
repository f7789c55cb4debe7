type Schema = Readonly<Record<string, unknown>>;

/** How deep a schema is followed. */
const MAX_DEPTH = 8;

/**
 * A value that fits a schema, as far as its keywords are simple: the least one. It stands for what
 * a person may give when the consequences of an answer are tried.
 */
export function sampleValue(schema: unknown, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null || depth > MAX_DEPTH) return null;
  const known = schema as Schema;
  if ("default" in known) return known["default"];
  if ("const" in known) return known["const"];
  const values = known["enum"];
  if (Array.isArray(values)) return values[0];
  for (const choice of [known["anyOf"], known["oneOf"]])
    if (Array.isArray(choice)) return sampleValue(choice[0], depth + 1);
  const type = Array.isArray(known["type"]) ? known["type"][0] : known["type"];
  switch (type ?? ("properties" in known ? "object" : undefined)) {
    case "string":
      return "x".repeat(numberOf(known["minLength"], 0));
    case "number":
      return inRange(known, numberOf(known["minimum"], 0));
    case "integer":
      return Math.ceil(inRange(known, numberOf(known["minimum"], 0)));
    case "boolean":
      return true;
    case "array":
      return Array.from({ length: numberOf(known["minItems"], 0) }, () =>
        sampleValue(known["items"], depth + 1),
      );
    case "object":
      return sampleObject(known, depth);
    default:
      return null;
  }
}

function sampleObject(schema: Schema, depth: number): Readonly<Record<string, unknown>> {
  const properties = (schema["properties"] ?? {}) as Schema;
  const required = Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : [];
  return Object.fromEntries(
    required.map((name) => [String(name), sampleValue(properties[String(name)], depth + 1)]),
  );
}

function inRange(schema: Schema, least: number): number {
  return Math.min(least, numberOf(schema["maximum"], least));
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
