import { z } from "zod";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { once } from "./once.js";

const text = z.string().min(1);
const form = z.record(z.string(), z.unknown());

const SHORT_FORM =
  "a map of names and types, such as `{ size: [small, large], note: string? }`, or a JSON Schema";

/** A question to a person, as written. */
export const WrittenGate = once(() =>
  extensible(
    z.strictObject({
      ask: text.describe("The question. `${{ }}` is replaced with values."),
      show: described(
        z.unknown().exactOptional(),
        "Values to show beside the question. `${{ }}` is replaced with values.",
      ),
      form: described(
        form.exactOptional(),
        `What an approval has to say: ${SHORT_FORM}. Default: \`{ note: string? }\`.`,
      ),
      expires: described(
        durationOf(1).exactOptional(),
        "How long the question may stay open: `24h`, or milliseconds. Default: no limit.",
      ),
      onExpire: described(
        z.enum(["reject", "approve", "skip"]).exactOptional(),
        "What happens then: `reject` (default), `approve` or `skip`.",
      ),
      onReject: described(
        z.enum(["fail", "continue"]).exactOptional(),
        "What a rejection means: `fail` (default) fails the step; `continue` completes it with " +
          "`approved: false`.",
      ),
      editable: described(
        text.exactOptional(),
        "The result that an answer may replace: `steps.NAME.output`, of a step before the gate.",
      ),
      to: described(
        z.array(text).min(1).exactOptional(),
        "The people who are asked, for notifiers.",
      ),
    }),
  ).meta({
    id: "Gate",
    description: 'A question to a person. Example: `{ ask: "Approve?", expires: 24h }`.',
  }),
);

/** A wait, as written. */
export const WrittenWait = once(() =>
  extensible(
    z.strictObject({
      for: described(durationOf(0).exactOptional(), "How long to wait: `10m`, or milliseconds."),
      until: described(
        z
          .union([text, z.number()], { error: "expected an expression that gives an instant" })
          .exactOptional(),
        "An expression that gives the instant to wait for: an RFC 3339 text, or milliseconds " +
          "since 1970.",
      ),
      signal: described(
        text.exactOptional(),
        "The name of the signal to wait for. `${{ }}` is replaced with values. Its data is the " +
          "output of the step.",
      ),
      form: described(form.exactOptional(), `The data of the signal: ${SHORT_FORM}. Default: any.`),
      timeout: described(
        durationOf(1).exactOptional(),
        "How long to wait for the signal: `1h`, or milliseconds. Default: no limit.",
      ),
      onTimeout: described(
        z.enum(["fail", "skip", "continue"]).exactOptional(),
        "What happens then: `fail` (default), `skip`, or `continue` with the output null.",
      ),
    }),
  ).meta({
    id: "Wait",
    description: "A wait. Example: `{ signal: deployed, timeout: 1h }`.",
  }),
);

/** The end of the run, as written. */
export const WrittenStop = once(() =>
  extensible(
    z.strictObject({
      as: z.enum(["completed", "failed", "cancelled"]).describe("How the run ends."),
      reason: described(text.exactOptional(), "Why. `${{ }}` is replaced with values."),
    }),
  ).meta({
    id: "Stop",
    description: "Ends the run. Example: `{ as: failed, reason: the tree is not clean }`.",
  }),
);
