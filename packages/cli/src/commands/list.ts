import type { RunStatus } from "@automatosx/schemas";
import { isOwned, isQuarantined, ownerState, type StoredRun } from "@automatosx/workflow/observe";
import { axw, commandText } from "../command.js";
import { type DbOptions, databasePath, exists, openToRead, printedPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { runAsJson } from "../json/run-json.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { type Cell, tableWithNotes } from "../render/table.js";
import { duration, instant } from "../render/words.js";

export interface ListOptions extends DbOptions {
  readonly status?: RunStatus;
  readonly limit: number;
  readonly json?: boolean;
}

/** Lists runs, newest first. If the default database does not exist yet, there are none. */
export async function list(io: CliIo, options: ListOptions): Promise<ExitCode> {
  const { status, limit, db } = options;
  const path = databasePath(io, options);
  if (db === undefined && !exists(io, path)) {
    io.stderr.line(
      `The database ${printedPath(io, path)} does not exist yet: no run was started here.`,
    );
    renderNext(io.stderr, axw("run", "FILE"));
    return ExitCode.ok;
  }
  using storage = await openToRead(io, options);
  const { listRuns } = await import("@automatosx/workflow/observe");
  const runs = listRuns(storage, { limit, ...(status !== undefined && { status }) });
  if (options.json === true) {
    for (const run of runs) {
      if (io.stdout.isGone) break;
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...runAsJson(run) });
      await io.stdout.drained();
    }
    return ExitCode.ok;
  }
  const [newest] = runs;
  if (newest === undefined) {
    io.stderr.line(status === undefined ? "There are no runs yet." : `No run is ${status}.`);
    renderNext(io.stderr, status === undefined ? axw("run", "FILE") : axw("list"), options);
    return ExitCode.ok;
  }
  const header = ["RUN", "STATUS", "WORKFLOW", "STEPS", "STARTED", "TIME", "NOTE"];
  const rows = runs.map((run) => row(run, noteOf(io, run, options)));
  for (const line of tableWithNotes(io.stdout, header, rows)) io.stdout.line(line);
  if (io.stdout.isTty) renderNext(io.stderr, axw("show", shortId(newest.runId)), options);
  return ExitCode.ok;
}

function row(run: StoredRun, note: string): Cell[] {
  const end = run.finishedAt ?? (run.status === "running" ? Date.now() : run.updatedAt);
  return [
    shortId(run.runId),
    { status: run.damage === undefined ? run.status : "damaged" },
    run.workflowVersion === "" ? run.workflowId : `${run.workflowId} ${run.workflowVersion}`,
    String(run.stepCount),
    instant(run.createdAt),
    duration(Math.max(0, end - run.createdAt)),
    note,
  ];
}

function noteOf(io: CliIo, run: StoredRun, { db }: DbOptions): string {
  if (run.error !== undefined) return run.error;
  if (run.status !== "running") return "";
  const typed = (verb: "show" | "resume"): string =>
    commandText(axw(verb, shortId(run.runId)), io.stdout.typedAxw, db);
  if (isQuarantined(run))
    return `quarantined after ${run.failedRecoveries} failed recoveries: ${typed("show")}`;
  if (!isOwned(run)) return `no process works on it: ${typed("resume")}`;
  const host = ownerState(run) === "elsewhere" ? ` on ${run.owner?.host ?? "?"}` : "";
  return `process ${run.owner?.pid ?? "?"}${host}`;
}
