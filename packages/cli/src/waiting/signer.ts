import type { CliIo } from "../io.js";

/** The name to record with an answer: the given one, else that of the user of this machine. */
export function signer({ env }: CliIo, given: string | undefined): string | undefined {
  return given ?? (env["USER"] || env["LOGNAME"] || env["USERNAME"] || undefined);
}
