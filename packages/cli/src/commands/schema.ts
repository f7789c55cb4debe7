import { readFile } from "node:fs/promises";
import { agentsFileJsonSchema } from "@automatosx/agents";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";

/** The kinds of files that have a JSON Schema. */
export type SchemaKind = "workflow" | "test" | "agents";

/** Prints the JSON Schema of workflow files, of test files or of agents files. */
export async function schema(io: CliIo, kind: SchemaKind): Promise<ExitCode> {
  if (kind === "agents") {
    io.stdout.write(`${JSON.stringify(agentsFileJsonSchema(), undefined, 2)}\n`);
    return ExitCode.ok;
  }
  const url = new URL(import.meta.resolve(`@automatosx/schemas/${kind}.schema.json`));
  const text = await readFile(url, "utf8");
  io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return ExitCode.ok;
}
