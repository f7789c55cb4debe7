import {
  invalidArgument,
  isRecord,
  type OptionCheck,
  type OptionChecks,
} from "../checks/check-options.js";
import { amount, callable, members, must, path, record, text } from "../checks/option-checks.js";
import type { Hook, NotifyOptions, Webhook } from "./Receiver.js";

const MAX_RECEIVERS = 20;

/** What a receiver can subscribe to. */
const SUBSCRIPTION =
  /^(?:run_(?:ended|failed|paused)|step_failed|gate_opened|outcome_unknown|budget_(?:[1-9]\d?|100))$/;

const subscriptions = must(
  "a list of `run_ended`, `run_failed`, `run_paused`, `step_failed`, `gate_opened`, " +
    "`outcome_unknown` and `budget_80`, or another share from 1 to 100",
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof each === "string" && SUBSCRIPTION.test(each)),
  "List at least one of them.",
);

const webAddress = must(
  "an `http` or `https` address without a user name",
  isWebAddress,
  "Write `https://` and the address. Send a user name and a password as a header.",
);

function isWebAddress(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

const commandLine = must(
  "a list of a program and its arguments",
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value[0] !== "" &&
    value.every((part) => typeof part === "string"),
  "Write each argument as one text.",
);

const headers: OptionCheck = (value, name) => {
  record(textOrNothing)(value, name);
  for (const [header, text] of Object.entries(value as Readonly<Record<string, string>>))
    if (!isHeader(header, text))
      throw invalidArgument(
        `${name} has an entry \`${header}\` that is not an HTTP header.`,
        "A name has letters, digits and dashes, and a value is one line.",
      );
};

const textOrNothing = must("text", (value) => typeof value === "string");

const variable = must(
  "text, or null to remove the variable",
  (value) => typeof value === "string" || value === null,
);

function isHeader(name: string, value: string): boolean {
  try {
    return new Headers([[name, value]]).has(name);
  } catch {
    return false;
  }
}

const COMMON = { on: subscriptions, timeoutMs: amount(1) };

const WEBHOOK_CHECKS: OptionChecks<Webhook> = {
  ...COMMON,
  url: webAddress,
  secret: text,
  headers,
};

const HOOK_CHECKS: OptionChecks<Hook> = {
  ...COMMON,
  command: commandLine,
  cwd: path,
  env: record(variable),
};

const receiver: OptionCheck = (value, name) => {
  const isHook = isRecord(value) && value["command"] !== undefined;
  if (!isRecord(value) || isHook === (value["url"] !== undefined))
    throw invalidArgument(
      `${name} must have either \`url\` or \`command\`.`,
      "A receiver is a web address or a program.",
    );
  subscriptions(value["on"], `${name}.on`);
  if (isHook) members<Hook>(HOOK_CHECKS)(value, name);
  else members<Webhook>(WEBHOOK_CHECKS)(value, name);
};

const receivers: OptionCheck = (value, name) => {
  if (!Array.isArray(value) || value.length > MAX_RECEIVERS)
    throw invalidArgument(
      `${name} must be a list of at most ${MAX_RECEIVERS} receivers.`,
      "Send the notices to fewer receivers, which pass them on.",
    );
  for (const [index, each] of value.entries()) receiver(each, `${name}[${index}]`);
};

const NOTIFY_CHECKS: OptionChecks<NotifyOptions> = { receivers, commandFor: callable };

/** Checks the option `notify`, whose `receivers` cannot be omitted. */
export const notifyOption: OptionCheck = (value, name) => {
  members<NotifyOptions>(NOTIFY_CHECKS)(value, name);
  receivers((value as Partial<NotifyOptions>).receivers, `${name}.receivers`);
};
