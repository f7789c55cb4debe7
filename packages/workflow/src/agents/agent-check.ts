import { invalidArgument, isRecord, type OptionCheck } from "../checks/check-options.js";
import { describeValue } from "../checks/describe-value.js";
import { hasMethods } from "../checks/option-checks.js";

/** An agent: a function, or an object with `execute`. */
export const agent: OptionCheck = (value, name) => {
  if (typeof value === "function" || hasMethods(value, ["execute"])) return;
  throw invalidArgument(
    `${name} must be a function, or an object with the method \`execute\`; ` +
      `${describeValue(value)} is not.`,
    "Pass an agent: a function, or for example the result of `processAgent`.",
  );
};

/** Agents by id, as a plain object. */
export const agentMap: OptionCheck = (value, name) => {
  if (!isRecord(value))
    throw invalidArgument(
      `${name} must be an object with agents by id; ${describeValue(value)} is not.`,
      "Use a plain object, or omit it. Convert a Map or a registry with `Object.fromEntries`.",
    );
  for (const [id, each] of Object.entries(value)) agent(each, `${name}.${id}`);
};
