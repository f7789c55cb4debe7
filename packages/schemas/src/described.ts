import { z } from "zod";

/**
 * Gives a new schema, which nothing else uses yet, its description. `describe` returns a copy
 * instead, and every process that starts a run would build the copies.
 */
export function described<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description });
  return schema;
}
