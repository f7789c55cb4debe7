import type { Command, Option } from "commander";
import { withoutPassword } from "./backend/without-password.js";
import { collect } from "./program-options.js";

/**
 * Refuses a flag that is given with two different values, of which only the last would be used.
 * Flags that may be repeated keep all of their values.
 */
export function refuseTwoValues(command: Command): void {
  for (const option of command.options)
    if (takesOneValue(option)) refuseSecondValue(command, option);
  for (const verb of command.commands) refuseTwoValues(verb);
}

function takesOneValue(option: Option): boolean {
  return option.required && option.parseArg !== collect;
}

function refuseSecondValue(command: Command, option: Option): void {
  let first: string | undefined;
  command.on(`option:${option.name()}`, (value: string) => {
    if (first !== undefined && value !== first)
      command.error(
        `error: option '${option.flags}' has two values: '${withoutPassword(first)}' and ` +
          `'${withoutPassword(value)}'. ` +
          "Give it once.",
        { code: "axw.twoValues", exitCode: 1 },
      );
    first = value;
  });
}
