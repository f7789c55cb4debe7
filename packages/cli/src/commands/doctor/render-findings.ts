import { cleanText } from "@automatosx/workflow/terminal-text";
import { commandText } from "../../command.js";
import type { DbOptions } from "../../database.js";
import type { CliIo } from "../../io.js";
import { type Cell, table } from "../../render/table.js";
import type { Finding, Remedy } from "./Finding.js";

/** Prints findings as a table, and their remedies below it. */
export function renderFindings(io: CliIo, findings: readonly Finding[], options: DbOptions): void {
  const { stdout } = io;
  const rows = findings.map(({ status, what, detail }): Cell[] => [{ status }, what, detail]);
  for (const line of table(stdout, ["STATUS", "WHAT", "DETAIL"], rows)) stdout.line(line);
  for (const { what, remedy } of findings)
    if (remedy !== undefined) stdout.line(`${what}: ${cleanText(remedyText(io, remedy, options))}`);
}

/** A finding as `--json` prints it. */
export function findingAsJson(io: CliIo, finding: Finding, options: DbOptions): object {
  const { remedy, ...rest } = finding;
  return { ...rest, ...(remedy !== undefined && { remedy: remedyText(io, remedy, options) }) };
}

function remedyText(io: CliIo, { text, command }: Remedy, options: DbOptions): string {
  const typed = command === undefined ? [] : [commandText(command, io.stdout.typedAxw, options)];
  return [...(text === undefined ? [] : [text]), ...typed].join(" ");
}
