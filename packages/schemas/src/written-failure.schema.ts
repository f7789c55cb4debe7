import { z } from "zod";
import { MAX_CHOICES } from "./definition-limits.js";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { Identifier } from "./identifier.schema.js";
import { once } from "./once.js";
import { classes } from "./written-retry.schema.js";

/** The conversation that a step continues a copy of, as written. */
export const WrittenSession = once(() =>
  extensible(
    z.strictObject({
      from: described(
        z.string().min(1),
        "The step whose conversation it is; in a loop, also the step itself: its round before.",
      ),
    }),
  ).meta({
    id: "Session",
    description: "The conversation that the step continues. Example: `{ from: draft }`.",
  }),
);

const agentList = (): z.ZodArray<typeof Identifier> => z.array(Identifier).min(1).max(MAX_CHOICES);

/** The agents that take over, as written. */
export const WrittenFallback = z.union(
  [
    agentList(),
    once(() =>
      extensible(
        z.strictObject({
          agents: described(agentList(), "The agents, in this order."),
          on: described(
            classes.exactOptional(),
            "The classes of failures after which the next agent takes over. Default: all but " +
              "`unknown` and `rate_limit`.",
          ),
        }),
      ).meta({
        id: "Fallback",
        description: "Agents that take over. Example: `{ agents: [codex], on: [refused] }`.",
      }),
    ),
  ],
  { error: "expected a list of agents, or a map with `agents`" },
);

/** What an attempt changes, as written. */
export const WrittenEffect = z.enum(["pure", "idempotent", "external"]);
