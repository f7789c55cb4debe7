import type { CliIo } from "../io.js";

/** Who answers: the name that the user gives, else that of the user of this machine. */
export function signer({ env }: CliIo, given: string | undefined): string | undefined {
  return given ?? (env["USER"] || env["LOGNAME"] || env["USERNAME"] || undefined);
}
