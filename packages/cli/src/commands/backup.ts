import { backUpDatabase } from "@automatosx/workflow";
import { axw } from "../command.js";
import {
  absolutePath,
  type DbOptions,
  existingDatabase,
  isEmpty,
  shownPath,
  withTables,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
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
      next: axw("run", "FILE"),
    });
  const done = await withTables(io, from, () => backUpDatabase({ from, to: absolutePath(io, to) }));
  const { path, bytes, runCount, checked } = done;
  if (options.json === true) {
    io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "backup", database: from, ...done });
    return ExitCode.ok;
  }
  const shown = shownPath(io, path);
  const runs = runCount === undefined ? "" : `${count(runCount, "run")}, `;
  const checks =
    checked === "journals"
      ? "every page, run, journal entry and result was checked"
      : "every page was checked; a newer version wrote it, so the journals were not";
  io.stdout.line(`Backup ${shown}: ${runs}${byteSize(bytes)}; ${checks}.`);
  io.stdout.line(
    `To restore it, end every process that uses ${shownPath(io, from)}, remove that file and its ` +
      `-wal and -shm, and copy ${shown} to its place.`,
  );
  renderNext(messages(io), axw("list", "--db", shown));
  return ExitCode.ok;
}
