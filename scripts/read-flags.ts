import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Reads the flags of one of this repository's commands. `--help` prints the usage and exits with 0.
 * An unknown option, a missing value or an argument prints the usage and exits with 2.
 */
export function readFlags<const Flags extends Options>(usage: string, options: Flags) {
  return parse(usage, () => parseArgs({ options }).values);
}

/** Like `readFlags`, for a command that also takes arguments. */
export function readArguments<const Flags extends Options>(usage: string, options: Flags) {
  return parse(usage, () => parseArgs({ options, allowPositionals: true }));
}

function parse<Result>(usage: string, read: () => Result): Result {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
