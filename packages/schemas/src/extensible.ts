import { z } from "zod";

/** Keys that begin so are the writer's own: allowed in every object of a definition, and left out of its normalised form. */
export const EXTENSION_PREFIX = "x-";

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith(EXTENSION_PREFIX))) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !key.startsWith(EXTENSION_PREFIX)),
  );
}

/** A strict object that lets `x-` keys pass and drops them. */
export function extensible<Schema extends z.ZodObject>(
  schema: Schema,
): z.ZodPreprocess<Schema, z.input<Schema>> {
  return z.preprocess((value: z.input<Schema>) => withoutExtensions(value), schema);
}
