import { z } from "zod";

/**
 * A schema that is built when a value first needs it. Most workflows use few of the constructs, and
 * every process that starts a run would build the schemas of all.
 */
export function once<Schema extends z.ZodType>(make: () => Schema): z.ZodLazy<Schema> {
  let known: Schema | undefined;
  return z.lazy(() => {
    known ??= make();
    return known;
  });
}
