import { z } from "zod";

/**
 * A schema that is built when a value first needs it. Most workflows use few of the constructs, and
 * every process that starts a run would build the schemas of all. None of these schemas accepts a
 * value that is absent, which Zod would otherwise build them to find out.
 */
export function once<Schema extends z.ZodType>(make: () => Schema): z.ZodLazy<Schema> {
  let known: Schema | undefined;
  const schema = z.lazy(() => {
    known ??= make();
    return known;
  });
  for (const name of ["optin", "optout"])
    Object.defineProperty(schema._zod, name, { value: undefined });
  return schema;
}
