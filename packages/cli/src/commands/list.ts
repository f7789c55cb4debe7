import { existsSync } from "node:fs";
import type { RunStatus } from "@automatosx/schemas";
import { isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import { type DbOptions, databasePath, openToRead, shownPath } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { ownerState } from "../owner-state.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { duration, instant, shortId } from "../render/words.js";

export interface ListOptions extends DbOptions {
  readonly status?: RunStatus;
  readonly limit: number;
  readonly json?: boolean;
}

/** Lists runs, newest first. A database that is not there yet has none. */
export async function list(io: CliIo, options: ListOptions): Promise<ExitCode> {
  const path = databasePath(io, options);
  if (options.db === undefined && !existsSync(path)) {
    io.stderr.line(`No database at ${shownPath(io, path)} yet: nothing has been run here.`);
    renderNext(io.stderr, "axw run FILE");
    return ExitCode.ok;
  }
  using storage = await openToRead(io, options);
  const { listRuns } = await import("@automatosx/workflow/observe");
  const runs = listRuns(storage, {
    limit: options.limit,
    ...(options.status !== undefined && { status: options.status }),
  });
  if (options.json === true) {
    for (const run of runs) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...run });
    return ExitCode.ok;
  }
  if (runs.length === 0) {
    io.stderr.line(
      options.status === undefined ? "There are no runs yet." : `No run is ${options.status}.`,
    );
    renderNext(
      io.stderr,
      `axw ${options.status === undefined ? "run FILE" : "list"}${dbFlag(options)}`,
    );
    return ExitCode.ok;
  }
  const note = (run: StoredRun): string => io.stdout.asTyped(noteOf(run, dbFlag(options)));
  for (const line of table(
    io.stdout,
    ["RUN", "STATUS", "WORKFLOW", "STEPS", "STARTED", "TIME", "NOTE"],
    runs.map((run) => row(run, note)),
  ))
    io.stdout.line(line);
  const [newest] = runs;
  if (io.stdout.isTty && newest !== undefined)
    renderNext(io.stderr, `axw show ${shortId(newest.runId)}${dbFlag(options)}`);
  return ExitCode.ok;
}

function row(run: StoredRun, note: (run: StoredRun) => string): Cell[] {
  const end = run.finishedAt ?? (run.status === "running" ? Date.now() : run.updatedAt);
  return [
    shortId(run.runId),
    { status: run.status },
    run.workflowVersion === "" ? run.workflowId : `${run.workflowId} ${run.workflowVersion}`,
    String(run.stepCount),
    instant(run.createdAt),
    duration(Math.max(0, end - run.createdAt)),
    note(run),
  ];
}

function noteOf(run: StoredRun, db: string): string {
  if (run.error !== undefined) return run.error;
  const owner = ownerState(run);
  if (run.status !== "running") return "";
  if (isQuarantined(run))
    return `left alone after ${run.failedRecoveries} failed recoveries: axw show ${shortId(run.runId)}${db}`;
  if (owner === "gone" || owner === "none")
    return `no process works on it: axw resume ${shortId(run.runId)}${db}`;
  return `process ${run.owner?.pid ?? "?"}${owner === "elsewhere" ? ` on ${run.owner?.host ?? "?"}` : ""}`;
}
