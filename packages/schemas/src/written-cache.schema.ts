import { z } from "zod";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { once } from "./once.js";

/** Whether a result may come from another run, as written. */
export const WrittenCache = z.union(
  [
    z.literal(true),
    once(() =>
      extensible(
        z.strictObject({
          for: described(
            durationOf(1).exactOptional(),
            "How old the result may be: `7d`, or milliseconds. Default: of any age.",
          ),
        }),
      ).meta({
        id: "Cache",
        description: "How long results are used in other runs. Example: `{ for: 7d }`.",
      }),
    ),
  ],
  { error: "expected `true`, or a map with `for`, such as `{ for: 7d }`" },
);
