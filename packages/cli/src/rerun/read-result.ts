import { STDIN } from "../command.js";
import type { CliIo } from "../io.js";
import { readJsonOrText } from "../read-json-file.js";

/**
 * Reads a result from a file, or from standard input: JSON, or else a text. One line break at the
 * end of a text is not part of it, because editors and `axw result` add one.
 */
export async function readResult(io: CliIo, file: string, verb: string): Promise<unknown> {
  const what = file === STDIN ? "The result on standard input" : `The result file ${file}`;
  const value = await readJsonOrText(io, file, { what, code: "invalid_argument", verb });
  return typeof value === "string" ? value.replace(/\r?\n$/u, "") : value;
}
