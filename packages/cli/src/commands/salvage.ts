import {
  type SalvagedRun,
  type SalvageReport,
  salvageDatabase,
} from "@automatosx/workflow/salvage";
import {
  absolutePath,
  type DbOptions,
  databasePath,
  exists,
  printedPath,
  shownPath,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { refuseTakenPath } from "../next/refuse-taken-path.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { type Cell, table } from "../render/table.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";

/**
 * Copies the intact data of a damaged database into a new one, and reports what was kept of each
 * run. The damaged database is only read. Returns 5 if anything is lost or may be, and 6 if only
 * the runs of a living engine were not copied.
 */
export function salvage(
  io: CliIo,
  to: string,
  options: DbOptions & { readonly json?: boolean },
): ExitCode {
  const from = databasePath(io, options);
  const target = absolutePath(io, to);
  if (!exists(io, from))
    throw new UsageError(`The database ${shownPath(io, from)} does not exist.`, {
      remedy: "Pass the damaged database with --db or AXW_DB.",
    });
  refuseTakenPath(io, target, "salvage_database");
  const { runs, lost, log } = salvageDatabase({ from, to: target });
  if (options.json === true) {
    for (const run of runs) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...run });
    for (const what of lost) io.stdout.json({ schemaVersion: SCHEMA_VERSION, lost: what });
    io.stdout.json({ schemaVersion: SCHEMA_VERSION, log });
  } else {
    const cells = [
      ...runs.map(cellsOf),
      ...lost.map((what): Cell[] => ["lost", "database", what]),
      ...(log.damagedCount === 0 ? [] : [cellsOfLog(log)]),
    ];
    // Even on a terminal, a loss is printed in full.
    const lines = table(io.stdout, ["", "WHAT", "DETAIL"], cells, { isCut: false });
    for (const line of lines) io.stdout.line(line);
    io.stdout.line(
      `${printedPath(io, from)} is unchanged; the intact data is in ${printedPath(io, target)}.`,
    );
  }
  renderNext(io.stderr, next("verify_copy", "salvaged", { database: shownPath(io, target) }));
  if (lost.length > 0 || runs.some(({ lost, owner }) => lost.length > 0 && owner === undefined))
    return ExitCode.database;
  return runs.some(({ owner }) => owner !== undefined) ? ExitCode.elsewhere : ExitCode.ok;
}

function cellsOfLog({ transactionCount, damagedCount }: SalvageReport["log"]): Cell[] {
  const detail =
    `${damagedCount} of its ${count(transactionCount, "transaction")} ` +
    "cannot be read completely; their intact pages were used";
  return ["damaged", "log", detail];
}

function cellsOf({
  runId,
  status,
  keptEntries,
  lastSeen,
  keptCheckpoints,
  owner,
  lost,
}: SalvagedRun): Cell[] {
  const what = `run ${shortId(runId)}`;
  if (owner !== undefined) return ["in use", what, lost.join("; ")];
  if (status === undefined) return ["lost", what, lost.join("; ")];
  const entries = count(keptEntries, "journal entry", "journal entries");
  const ofAll = lastSeen > keptEntries ? ` of ${lastSeen}` : "";
  const kept = `${status}, ${entries}${ofAll}, ${count(keptCheckpoints, "checkpoint")}`;
  return lost.length === 0
    ? ["whole", what, kept]
    : ["in part", what, `${kept}; lost: ${lost.join("; ")}`];
}
