import { readFile } from "node:fs/promises";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";

/** The kinds of files that have a JSON Schema. */
export type SchemaKind = "workflow" | "test";

/** Prints the JSON Schema of workflow files, or of test files. */
export async function schema(io: CliIo, kind: SchemaKind): Promise<ExitCode> {
  const url = new URL(import.meta.resolve(`@automatosx/schemas/${kind}.schema.json`));
  const text = await readFile(url, "utf8");
  io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return ExitCode.ok;
}
