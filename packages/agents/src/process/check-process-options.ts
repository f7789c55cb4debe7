import { amount, must, oneOf, path, record, text } from "@automatosx/workflow/checks";

/** The check of a command, and of the arguments that a preset adds. */
export const words = must(
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

/** The check of each option of a program. */
export const PROCESS_CHECKS = {
  ...PROGRAM_CHECKS,
  command: words,
  input: oneOf("task", "json", "none"),
  maxOutputBytes: amount(0),
  okExitCodes: must(
    "a list of exit codes, 0 or more",
    (value) => Array.isArray(value) && value.length > 0 && value.every(isExitCode),
  ),
  description: text,
  installHint: text,
} as const;

function isExitCode(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff;
}
