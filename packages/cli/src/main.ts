import { CommanderError } from "commander";
import { ExitCode, exitCodeOfError } from "./exit-codes.js";
import { type Asked, askedOf, askedSoFar } from "./invocation.js";
import type { CliIo } from "./io.js";
import { buildProgram } from "./program.js";
import { cleanLine } from "./render/clean-text.js";
import { codeOf, errorAsJson, renderError, renderNext } from "./render/error.js";
import { UsageError } from "./UsageError.js";
import { version } from "./version.js";

/** Does what a command line asks, and gives the exit code. It never throws, and leaves the process alive. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = buildProgram(io, version(), (code) => {
    exitCode = code;
  });
  let asked = askedSoFar(argv, program);
  program.hook("preAction", (_, command) => {
    asked = askedOf(command, asked);
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, asked, io);
    renderError(io.stderr, error, asked, io.env["AXW_DEBUG"] !== undefined);
    if (asked.json) io.stdout.json(errorAsJson(io.stdout, error));
    return exitCodeOfError(codeOf(error));
  }
}

/** Waits until all that was said has left the process, and gives the exit code: one that tells of output that was lost. */
export async function finish(exitCode: number, io: CliIo): Promise<number> {
  await io.stdout.flush();
  const { failure } = io.stdout;
  if (failure !== undefined) {
    io.stderr.line(
      `${io.stderr.paint("red", "error")}  output_lost  Not all of stdout could be written: ${cleanLine(failure.message)}. What was done is kept; print it again elsewhere.`,
    );
  }
  await io.stderr.flush();
  return failure !== undefined && exitCode === ExitCode.ok ? ExitCode.failed : exitCode;
}

// Help and version arrive as "errors" too; what commander has to complain about it has printed by then.
function endOfParsing(error: CommanderError, { verb, json }: Asked, io: CliIo): number {
  if (error.exitCode === 0 || error.code === "commander.help") return ExitCode.ok;
  renderNext(io.stderr, verb === undefined ? "axw --help" : `axw ${verb} --help`);
  if (json)
    io.stdout.json(errorAsJson(io.stdout, new UsageError(error.message.replace(/^error: /, ""))));
  return ExitCode.invalid;
}
