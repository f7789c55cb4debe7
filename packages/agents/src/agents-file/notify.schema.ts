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

const on = z.array(Subscription).min(1);

const WebAddress = z.url({
  protocol: /^https?$/,
  error: "expected an `http` or `https` address",
});

const WrittenWebhook = z.strictObject({
  on,
  url: z.union([WebAddress, Variable], { error: "expected an `http` or `https` address" }),
  secret: HiddenText.exactOptional(),
  headers: z.record(text, HiddenText).exactOptional(),
  timeout: Timeout.exactOptional(),
});

const WrittenHook = z.strictObject({
  on,
  command: z.array(z.string()).min(1),
  cwd: text.exactOptional(),
  env: z.record(text, z.string().nullable()).exactOptional(),
  timeout: Timeout.exactOptional(),
});

/** A receiver of notices as written: `url` is a web address, `command` a program. */
export const WrittenReceiver = z.union([WrittenHook, WrittenWebhook], {
  error: "expected `url` (a web address) or `command` (a program and its arguments)",
});
export type WrittenReceiver = z.output<typeof WrittenReceiver>;

/** The receivers of an agents file. */
export const WrittenNotify = z.array(WrittenReceiver).max(20);
