import type { InputDefinition } from "@automatosx/schemas";
import { next } from "../next/actions.js";
import { readInputs } from "../read-inputs.js";
import { asCoded } from "../render/error.js";
import { UsageError } from "../UsageError.js";

/** Returns the inputs of each `--input NAME=VALUE`, which replace those of a run. */
export function newInputs(
  { input }: { readonly input?: readonly string[] },
  declared: Readonly<Record<string, InputDefinition>>,
  verb: string,
): Record<string, unknown> | undefined {
  if (input === undefined) return undefined;
  const help = next("read_help", "wrong_usage", { args: [verb] });
  return readInputs({ input }, {}, declared, () => help);
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
