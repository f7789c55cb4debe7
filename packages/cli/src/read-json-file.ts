import { existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isRecord, readTextFile } from "@automatosx/workflow/checks";
import { WorkflowError, type WorkflowErrorCode } from "@automatosx/workflow/errors";
import { JsonLoss, parseExactJson, SourceText } from "@automatosx/workflow/source";
import { pathArgument, STDIN } from "./command.js";
import type { CliIo } from "./io.js";
import { type NextLine, next } from "./next/actions.js";
import { UsageError } from "./UsageError.js";

/** The largest file with values, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** How a file that the user named is reported if it cannot be used. */
interface NamedFile {
  /** At the beginning of a sentence: `The inputs file inputs.json`. */
  readonly what: string;
  readonly code: WorkflowErrorCode;
  /** The command whose help says what the file must contain. */
  readonly verb: string;
}

/**
 * Reads a file that contains a JSON object.
 *
 * @throws UsageError with the given code if the file cannot be read or contains something else
 */
export async function readJsonObject(
  io: CliIo,
  name: string,
  file: NamedFile,
): Promise<Readonly<Record<string, unknown>>> {
  const { text, line } = await readNamedFile(io, name, file);
  const value = parse(text, { name, line, code: file.code });
  if (isRecord(value)) return value;
  throw new UsageError(`${name} must contain a JSON object.`, {
    code: file.code,
    remedy: 'Write it as {"name": value, …}.',
    next: line,
  });
}

/**
 * Reads a file that contains a value: JSON, or a text if it is not JSON.
 *
 * @throws UsageError with the given code if the file cannot be read, or if a number in it cannot
 *   be represented exactly
 */
export async function readJsonOrText(io: CliIo, name: string, file: NamedFile): Promise<unknown> {
  const { text, line } = await readNamedFile(io, name, file);
  // A program that failed before the pipe has written nothing.
  if (text === "" && name === STDIN)
    throw new UsageError("There is no result on standard input.", {
      code: file.code,
      remedy: 'Write the result to it: JSON or text. An empty text is `""`.',
      next: line,
    });
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return parse(text, { name, line, code: file.code });
}

async function readNamedFile(
  io: CliIo,
  name: string,
  { what, code, verb }: NamedFile,
): Promise<{ readonly text: string; readonly line: NextLine }> {
  if (name === STDIN) return readStandardInput(io, { what, code, verb });
  const path = isAbsolute(name) ? name : join(io.cwd, name);
  // Reading a device may never end.
  const isFile = existsSync(path) && statSync(path).isFile();
  const line = isFile
    ? next("read_file", "wrong_file", { file: pathArgument(name) })
    : next("read_help", "wrong_usage", { args: [verb] });
  const text = await readTextFile(path, {
    what,
    maxBytes: MAX_BYTES,
    tooLarge: "Put large data into files that the agents read.",
  }).catch((error: unknown) => {
    if (!(error instanceof WorkflowError)) throw error;
    const { message, remedy } = error;
    throw new UsageError(message, { code, next: line, ...(remedy !== undefined && { remedy }) });
  });
  return { text, line };
}

async function readStandardInput(
  io: CliIo,
  { what, code, verb }: NamedFile,
): Promise<{ readonly text: string; readonly line: NextLine }> {
  const line = next("read_help", "wrong_usage", { args: [verb] });
  const bytes = await io.readInput(MAX_BYTES);
  if (bytes.length > MAX_BYTES)
    throw new UsageError(`${what} is larger than ${MAX_BYTES / 1024 / 1024} MiB.`, {
      code,
      remedy: "Put large data into files that the agents read.",
      next: line,
    });
  return { text: new TextDecoder().decode(bytes), line };
}

interface Place {
  readonly name: string;
  readonly line: NextLine;
  readonly code: WorkflowErrorCode;
}

function parse(text: string, { name, line, code }: Place): unknown {
  try {
    return parseExactJson(text, { uniqueKeys: true });
  } catch (error) {
    if (!(error instanceof JsonLoss))
      throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, {
        code,
        remedy: 'Give a JSON file: {"name": value, …}.',
        next: line,
      });
    const at = new SourceText(text).position(error.span[0]);
    throw new UsageError(`${name}:${at.line}:${at.column}: ${error.message}.`, {
      code,
      remedy: error.remedy,
      next: line,
    });
  }
}
