import { z } from "zod";

/**
 * The prefix of extension keys, which authors may use freely. Every object in a definition may have
 * them; the normalised form omits them.
 */
export const EXTENSION_PREFIX = "x-";

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith(EXTENSION_PREFIX))) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !key.startsWith(EXTENSION_PREFIX)),
  );
}

/** A strict object that accepts `x-` keys and drops them. */
export function extensible<Schema extends z.ZodObject>(
  schema: Schema,
): z.ZodPreprocess<Schema, z.input<Schema>> {
  return z.preprocess((value: z.input<Schema>) => withoutExtensions(value), schema);
}
