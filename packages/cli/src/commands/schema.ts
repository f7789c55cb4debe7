import { readFile } from "node:fs/promises";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";

/** Prints the JSON Schema of workflow files. */
export async function schema(io: CliIo): Promise<ExitCode> {
  const url = new URL(import.meta.resolve("@automatosx/schemas/workflow.schema.json"));
  const text = await readFile(url, "utf8");
  io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return ExitCode.ok;
}
