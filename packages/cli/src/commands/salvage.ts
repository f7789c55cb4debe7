import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type SalvagedRun, salvageDatabase } from "@automatosx/workflow";
import { type DbOptions, databasePath, shownPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { count, shellWord, shortId } from "../render/words.js";
import { UsageError } from "../UsageError.js";

/** Takes what is sound out of a damaged database into a new one, and says of each run what was kept. The old one is only read. */
export function salvage(
  io: CliIo,
  to: string,
  options: DbOptions & { readonly json?: boolean },
): ExitCode {
  const from = databasePath(io, options);
  const target = isAbsolute(to) ? to : join(io.cwd, to);
  if (!existsSync(from))
    throw new UsageError(`There is no database at ${shownPath(io, from)}.`, {
      remedy: "Name the damaged one with --db or AXW_DB.",
    });
  if (existsSync(target)) {
    throw new UsageError(`${shownPath(io, target)} is there already.`, {
      remedy: "Name a file that is not there yet: nothing is written over.",
    });
  }
  const { runs, lost } = salvageDatabase({ from, to: target });
  const rows = [
    ...runs.map((run) => ({ what: `run ${shortId(run.runId)}`, ...describe(run) })),
    ...lost.map((what) => ({ status: "lost", what: "database", detail: what })),
  ];
  if (options.json === true) {
    for (const run of runs) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...run });
    for (const what of lost) io.stdout.json({ schemaVersion: SCHEMA_VERSION, lost: what });
  } else {
    const cells = rows.map(({ status, what, detail }): Cell[] => [status, what, detail]);
    for (const line of table(io.stdout, ["", "WHAT", "DETAIL"], cells)) io.stdout.line(line);
    io.stdout.line(
      `${shownPath(io, from)} is as it was; what is sound is in ${shownPath(io, target)}.`,
    );
  }
  renderNext(io.stderr, `axw doctor --verify --db ${shellWord(shownPath(io, target))}`);
  return ExitCode.ok;
}

function describe({ status, keptEntries, lastSeen, keptCheckpoints, lost }: SalvagedRun): {
  readonly status: string;
  readonly detail: string;
} {
  if (status === undefined) return { status: "lost", detail: lost.join("; ") };
  const kept = `${status}, ${count(keptEntries, "journal entry", "journal entries")}${lastSeen > keptEntries ? ` of ${lastSeen}` : ""}, ${count(keptCheckpoints, "checkpoint")}`;
  return {
    status: lost.length === 0 ? "whole" : "in part",
    detail: lost.length === 0 ? kept : `${kept}; lost: ${lost.join("; ")}`,
  };
}
