import type { InputDefinition } from "@automatosx/schemas";
import { next } from "../next/actions.js";
import { readInputs } from "../read-inputs.js";

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
