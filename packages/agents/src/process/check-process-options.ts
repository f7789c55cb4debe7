import {
  amount,
  checkOptions,
  must,
  type OptionChecks,
  oneOf,
  path,
  record,
  text,
} from "@automatosx/workflow/checks";
import type { ProcessAgentOptions } from "./process-agent.js";

const words = must(
  "a list of texts",
  (value) => Array.isArray(value) && value.every((word) => typeof word === "string"),
  "Write the program and its arguments as a list: [my-program, --flag].",
);

/** The checks that a preset shares with every program. */
export const PROGRAM_CHECKS = {
  cwd: path,
  env: record(
    must(
      "text, or null to remove the variable",
      (value) => value === null || typeof value === "string",
    ),
  ),
  output: oneOf("text", "json"),
  timeoutMs: amount(0),
  graceMs: amount(0),
} as const;

const PROCESS_CHECKS: OptionChecks<ProcessAgentOptions> = {
  ...PROGRAM_CHECKS,
  command: words,
  input: oneOf("task", "json", "none"),
  maxOutputBytes: amount(0),
  okExitCodes: must(
    "a list of exit codes, 0 to 255",
    (value) => Array.isArray(value) && value.length > 0 && value.every(isExitCode),
  ),
  description: text,
  installHint: text,
};

/** The check of the arguments that a preset adds. */
export const args = words;

/**
 * Checks the type of each option of a program.
 *
 * @throws WorkflowError `invalid_argument`
 */
export function checkProcessOptions(options: unknown): void {
  checkOptions<ProcessAgentOptions>("processAgent", options, PROCESS_CHECKS);
  words(options.command, "command");
}

function isExitCode(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff;
}
