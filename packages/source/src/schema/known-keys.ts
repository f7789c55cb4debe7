import type { z } from "zod";
import type { Path } from "../issues/IssueList.js";

type Schema = z.core.$ZodType;

/**
 * Returns the keys that maps at the path may have, across all alternatives. Empty if every key is
 * allowed.
 */
export function knownKeys(schema: Schema, path: Path): string[] {
  let schemas = [schema].flatMap(alternatives);
  for (const step of path)
    schemas = schemas.flatMap((at) => childrenOf(at, step)).flatMap(alternatives);
  return [...new Set(schemas.flatMap((at) => Object.keys(shapeOf(at))))];
}

function defOf(schema: Schema): z.core.$ZodTypes["_zod"]["def"] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  const def = defOf(schema);
  return def.type === "object" ? def.shape : {};
}

/**
 * Returns the schemas inside wrappers: the members of unions, without defaults and optionals, the
 * ends of pipes, and what a recursive schema refers to.
 */
function alternatives(schema: Schema): Schema[] {
  const def = defOf(schema);
  if (def.type === "union") return def.options.flatMap(alternatives);
  if (def.type === "pipe") return alternatives(def.out);
  if (def.type === "lazy") return alternatives(def.getter());
  if (def.type === "default" || def.type === "optional" || def.type === "readonly")
    return alternatives(def.innerType);
  return [schema];
}

function childrenOf(schema: Schema, step: string | number): Schema[] {
  const def = defOf(schema);
  if (def.type === "array") return [def.element];
  if (def.type === "record") return [def.valueType];
  const shape = shapeOf(schema);
  const child = typeof step === "string" && Object.hasOwn(shape, step) ? shape[step] : undefined;
  return child ? [child] : [];
}
