import type { InputDefinition } from "@automatosx/schemas";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { readInputs, readInputsFile } from "../read-inputs.js";
import { asCoded } from "../render/error.js";
import { UsageError } from "../UsageError.js";

/** The flags that replace inputs of a run. */
export interface NewInputs {
  readonly input?: readonly string[];
  readonly inputs?: string;
}

/**
 * Returns the inputs that replace those of a run: from `--inputs FILE`, and from each `--input
 * NAME=VALUE`, which takes precedence. Undefined if there are none.
 */
export async function newInputs(
  io: CliIo,
  flags: NewInputs,
  declared: Readonly<Record<string, InputDefinition>>,
  verb: string,
): Promise<Record<string, unknown> | undefined> {
  if (flags.input === undefined && flags.inputs === undefined) return undefined;
  const inFile = await readInputsFile(io, flags);
  const help = next("read_help", "wrong_usage", { args: [verb] });
  return readInputs(flags, inFile, declared, () => help);
}

/** The flags as they were typed. */
export function inputArguments({ input = [], inputs }: NewInputs): readonly string[] {
  const file = inputs === undefined ? [] : ["--inputs", inputs];
  return [...file, ...input.flatMap((pair) => ["--input", pair])];
}

/** Reports inputs that do not match the workflow with the help of the command. */
export async function withInputHelp<Result>(verb: string, asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    const { code, message, remedy } = asCoded(error);
    if (code !== "invalid_input") throw error;
    throw new UsageError(message, {
      code,
      next: next("read_help", "wrong_usage", { args: [verb] }),
      ...(remedy !== undefined && { remedy }),
    });
  }
}
