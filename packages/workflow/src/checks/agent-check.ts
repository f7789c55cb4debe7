import { invalidArgument, isRecord, type OptionCheck, readable } from "./check-options.js";
import { describeValue } from "./describe-value.js";
import { amount, hasMethods } from "./option-checks.js";

const duration = amount(0);

/** An agent: a function, or an object with `execute`. */
export const agent: OptionCheck = (value, name) => {
  if (typeof value === "function") return;
  readable(name, () => checkPort(value, name));
};

function checkPort(value: unknown, name: string): void {
  if (!hasMethods(value, ["execute"]))
    throw invalidArgument(
      `${name} must be a function, or an object with the method \`execute\`; ` +
        `${describeValue(value)} is not.`,
      "Pass an agent: a function, or for example the result of `processAgent`.",
    );
  const { stopMs } = value as { readonly stopMs?: unknown };
  if (stopMs !== undefined) duration(stopMs, `stopMs of ${name}`);
}

/** Agents by id, as a plain object. */
export const agentMap: OptionCheck = (value, name) => {
  if (!isRecord(value))
    throw invalidArgument(
      `${name} must be an object with agents by id; ${describeValue(value)} is not.`,
      "Use a plain object, or omit it. Convert a Map or a registry with `Object.fromEntries`.",
    );
  for (const [id, each] of Object.entries(value)) agent(each, `${name}.${id}`);
};
