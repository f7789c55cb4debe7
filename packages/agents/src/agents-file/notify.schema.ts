import { Duration, parseDuration } from "@automatosx/schemas";
import { z } from "zod";

/** What a receiver of notices subscribes to. */
const Subscription = z
  .string()
  .regex(
    /^(run_(ended|failed|paused)|step_failed|gate_opened|outcome_unknown|budget_([1-9]\d?|100))$/,
    {
      error:
        "expected `run_ended`, `run_failed`, `run_paused`, `step_failed`, `gate_opened`, " +
        "`outcome_unknown`, or `budget_80` with any share from 1 to 100",
    },
  );

const text = z.string().min(1);

const Variable = z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) });

/** Text, or the name of an environment variable whose value it is. */
const HiddenText = z.union([text, Variable], {
  error: "expected text, or `{env: NAME}` for the value of an environment variable",
});
export type HiddenText = z.output<typeof HiddenText>;

const Timeout = Duration.refine(
  (written) => (typeof written === "number" ? written >= 1 : (parseDuration(written) ?? 1) >= 1),
  { error: "expected a duration of 1ms or more" },
);

const common = {
  on: z
    .array(Subscription)
    .min(1)
    .describe(
      "Which notices the receiver gets: `run_ended`, `run_failed`, `run_paused`, `step_failed`, " +
        "`gate_opened`, `outcome_unknown`, and `budget_80` for 80 % of a limit of the budget.",
    ),
  timeout: Timeout.describe(
    "Time limit of one attempt: `5s`, or milliseconds. Default 10s.",
  ).exactOptional(),
};

const WebAddress = z.url({
  protocol: /^https?$/,
  error: "expected an `http` or `https` address",
});

const WrittenWebhook = z
  .strictObject({
    ...common,
    url: z
      .union([WebAddress, Variable], { error: "expected an `http` or `https` address" })
      .describe("The address that gets each notice as a POST, or `{env: NAME}`."),
    secret: HiddenText.describe(
      "Signs each request, as Standard Webhooks defines it. Better written as `{env: NAME}`.",
    ).exactOptional(),
    headers: z
      .record(text, HiddenText)
      .describe("Headers to add to each request, by name.")
      .exactOptional(),
  })
  .meta({ id: "Webhook", description: "A web address that gets notices. It has the key `url`." });

const WrittenHook = z
  .strictObject({
    ...common,
    command: z
      .array(z.string())
      .min(1)
      .describe(
        "The program and its arguments, one entry each. It reads the notice as JSON from stdin.",
      ),
    cwd: text
      .describe("Folder in which the program runs. Default: the folder of this file.")
      .exactOptional(),
    env: z
      .record(text, z.string().nullable())
      .describe("Environment variables to add, by name. `null` removes one.")
      .exactOptional(),
  })
  .meta({ id: "Hook", description: "A program that gets notices. It has the key `command`." });

/** A receiver of notices as written: `url` is a web address, `command` a program. */
export const WrittenReceiver = z.union([WrittenHook, WrittenWebhook], {
  error: "expected `url` (a web address) or `command` (a program and its arguments)",
});
export type WrittenReceiver = z.output<typeof WrittenReceiver>;

/** The receivers of an agents file. */
export const WrittenNotify = z
  .array(WrittenReceiver)
  .max(20)
  .describe("Web addresses and programs that get notices of what happens in runs.");
