import { lstatSync, realpathSync } from "node:fs";
import { backUpDatabase } from "@automatosx/workflow/salvage";
import {
  absolutePath,
  type DbOptions,
  existingDatabase,
  isEmpty,
  printedPath,
  shownPath,
  withTables,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { refuseTakenPath } from "../next/refuse-taken-path.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { byteSize } from "../render/byte-size.js";
import { renderNext } from "../render/error.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";

/** Copies the database to a new file while runs continue, and checks the copy. */
export async function backup(
  io: CliIo,
  to: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const from = existingDatabase(io, options);
  if (isEmpty(from))
    throw new UsageError(`${shownPath(io, from)} is empty: there is nothing to back up.`, {
      code: "run_not_found",
      next: next("start_run", "no_runs", { file: "FILE" }),
    });
  const target = absolutePath(io, to);
  refuseTakenPath(io, target, "back_up");
  const done = await withTables(io, from, () => backUpDatabase({ from, to: target }));
  const { path, bytes, runCount, checked } = done;
  if (options.json === true) {
    io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "backup", database: from, ...done });
    return ExitCode.ok;
  }
  const shown = printedPath(io, path);
  // The log lies beside the file, not beside a link to it.
  const original = printedPath(io, lstatSync(from).isSymbolicLink() ? realpathSync(from) : from);
  const runs = runCount === undefined ? "" : `${count(runCount, "run")}, `;
  const checks =
    checked === "journals"
      ? "every page, run, journal entry and result was checked"
      : "every page was checked; the journals were not, because another version wrote it";
  io.stdout.line(`Backup ${shown}: ${runs}${byteSize(bytes)}; ${checks}.`);
  io.stdout.line(
    `To restore it, end every process that uses ${original}, remove that file and its ` +
      `-wal and -shm, and copy ${shown} to its place.`,
  );
  // This version cannot list the runs of such a database.
  const action = checked === "journals" ? "list_runs_of" : "inspect_copy";
  renderNext(messages(io), next(action, "backed_up", { database: shownPath(io, path) }));
  return ExitCode.ok;
}
