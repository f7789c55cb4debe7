import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type SalvagedRun, salvageDatabase } from "@automatosx/workflow";
import { axw } from "../command.js";
import { type DbOptions, databasePath, printedPath, shownPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { type Cell, table } from "../render/table.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";

/**
 * Copies the intact data of a damaged database into a new one, and reports what was kept of each
 * run. The damaged database is only read.
 */
export function salvage(
  io: CliIo,
  to: string,
  options: DbOptions & { readonly json?: boolean },
): ExitCode {
  const from = databasePath(io, options);
  const target = isAbsolute(to) ? to : join(io.cwd, to);
  if (!existsSync(from))
    throw new UsageError(`The database ${shownPath(io, from)} does not exist.`, {
      remedy: "Pass the damaged database with --db or AXW_DB.",
    });
  if (existsSync(target)) {
    throw new UsageError(`${shownPath(io, target)} already exists and will not be overwritten.`, {
      remedy: "Choose a file that does not exist yet.",
    });
  }
  const { runs, lost } = salvageDatabase({ from, to: target });
  if (options.json === true) {
    for (const run of runs) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...run });
    for (const what of lost) io.stdout.json({ schemaVersion: SCHEMA_VERSION, lost: what });
  } else {
    const cells = [...runs.map(cellsOf), ...lost.map((what): Cell[] => ["lost", "database", what])];
    for (const line of table(io.stdout, ["", "WHAT", "DETAIL"], cells)) io.stdout.line(line);
    io.stdout.line(
      `${printedPath(io, from)} is unchanged; the intact data is in ${printedPath(io, target)}.`,
    );
  }
  renderNext(io.stderr, axw("doctor", "--verify", "--db", shownPath(io, target)));
  return ExitCode.ok;
}

function cellsOf({
  runId,
  status,
  keptEntries,
  lastSeen,
  keptCheckpoints,
  lost,
}: SalvagedRun): Cell[] {
  const what = `run ${shortId(runId)}`;
  if (status === undefined) return ["lost", what, lost.join("; ")];
  const entries = count(keptEntries, "journal entry", "journal entries");
  const ofAll = lastSeen > keptEntries ? ` of ${lastSeen}` : "";
  const kept = `${status}, ${entries}${ofAll}, ${count(keptCheckpoints, "checkpoint")}`;
  return lost.length === 0
    ? ["whole", what, kept]
    : ["in part", what, `${kept}; lost: ${lost.join("; ")}`];
}
