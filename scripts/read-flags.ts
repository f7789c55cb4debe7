import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * The flags of a command of this repository. `--help` prints the usage and ends the process with 0; an option that there is
 * not, or a value that is missing, prints what is wrong and the usage, and ends it with 2.
 */
export function readFlags<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: Options,
) {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
