import { existsSync } from "node:fs";
import { join } from "node:path";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { CommanderError } from "commander";
import { hasPassword, wordWithoutPassword } from "./backend/without-password.js";
import { pathArgument, shellWord } from "./command.js";
import { ExitCode, exitCodeOfError } from "./exit-codes.js";
import { type Invocation, parsedInvocation, unparsedInvocation } from "./invocation.js";
import type { CliIo } from "./io.js";
import { next } from "./next/actions.js";
import { nextAfterError } from "./next/after-error.js";
import { buildProgram } from "./program.js";
import { asCoded, errorAsJson, renderError, renderNext, renderStack } from "./render/error.js";
import { UsageError } from "./UsageError.js";
import { version } from "./version.js";

/**
 * Executes a command line and returns its exit code. Never throws and never ends the process.
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  hidePasswords(argv);
  const program = buildProgram(io, version, setExitCode, argv[0]);
  let invocation = unparsedInvocation(argv, program);
  program.hook("preAction", (_, command) => {
    invocation = parsedInvocation(command, invocation);
  });
  try {
    // Without a command, the help is what was requested, so it goes to stdout.
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, invocation, io);
    return reportError(error, invocation, io);
  }
}

/** Hides the passwords of typed URLs from other users, who can list the processes. */
function hidePasswords(argv: readonly string[]): void {
  if (argv.some(hasPassword)) process.title = ["axw", ...argv.map(wordWithoutPassword)].join(" ");
}

/**
 * Waits until all output has left the process. Returns the exit code, which is `failed` if the
 * command succeeded but its output was lost.
 */
export async function finish(exitCode: number, io: CliIo): Promise<number> {
  await io.stdout.flush();
  const { failure } = io.stdout;
  if (failure !== undefined) {
    io.stderr.line(
      `${io.stderr.paint("red", "error")}  output_lost  Some output was not written to stdout: ` +
        `${cleanLine(failure.message)}. The work itself is stored, so you can print it again ` +
        "elsewhere.",
    );
  }
  await io.stderr.flush();
  return failure !== undefined && exitCode === ExitCode.ok ? ExitCode.failed : exitCode;
}

async function reportError(error: unknown, invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const coded = asCoded(error);
  renderError(io.stderr, coded);
  if (io.env["AXW_DEBUG"] !== undefined) renderStack(io.stderr, error);
  renderNext(io.stderr, await nextAfterError(coded, invocation, io), invocation);
  if (invocation.json) io.stdout.json(errorAsJson(coded));
  return exitCodeOfError(coded.code);
}

function isFile(name: string, { cwd }: CliIo): boolean {
  return existsSync(join(cwd, name));
}

// Help and version also arrive as errors. Commander has already printed its messages.
function endOfParsing(error: CommanderError, { verb, json }: Invocation, io: CliIo): ExitCode {
  if (error.exitCode === 0 || error.code === "commander.help") return ExitCode.ok;
  const [, file] = /^error: unknown option '(-[^']+)'/.exec(error.message) ?? [];
  if (error.code === "commander.unknownOption" && file !== undefined && isFile(file, io))
    io.stderr.line(
      `${" ".repeat(7)}For the file with this name, write ${shellWord(pathArgument(file))}.`,
    );
  renderNext(
    io.stderr,
    next("read_help", "wrong_usage", { args: verb === undefined ? [] : [verb] }),
  );
  if (json)
    io.stdout.json(errorAsJson(asCoded(new UsageError(error.message.replace(/^error: /, "")))));
  return ExitCode.invalid;
}
