import { type Command, CommanderError } from "commander";
import { ExitCode, exitCodeOfError } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { buildProgram } from "./program.js";
import { codeOf, renderError, renderNext } from "./render/error.js";
import { version } from "./version.js";

/** Does what a command line asks, and gives the exit code. It never throws, and leaves the process alive. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = buildProgram(io, version(), (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, program, argv, io);
    renderError(io.stderr, error, io.env["AXW_DEBUG"] !== undefined);
    return exitCodeOfError(codeOf(error));
  }
}

// Help and version arrive as "errors" too; what commander has to complain about it has printed by then.
function endOfParsing(error: CommanderError, program: Command, argv: readonly string[], io: CliIo): number {
  if (error.exitCode === 0 || error.code === "commander.help") return ExitCode.ok;
  const verb = program.commands.find((command) => command.name() === argv[0]);
  renderNext(io.stderr, verb === undefined ? "axw --help" : `axw ${verb.name()} --help`);
  return ExitCode.invalid;
}
