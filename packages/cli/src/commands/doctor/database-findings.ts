import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import {
  isOwned,
  isQuarantined,
  type openSqliteStorage,
  ownerState,
  readFormat,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { pathArgument, shell } from "../../command.js";
import type { NextLine } from "../../next/actions.js";
import { conditionOf } from "../../next/run-condition.js";
import { resumeLine, storedSteps } from "../../next/run-lines.js";
import { undeliveredLines } from "../../notify/undelivered.js";
import { shortId } from "../../render/short-id.js";
import type { Finding } from "./Finding.js";

/** Checks the file's size and permissions, and its folder. */
export function inspectFile(path: string, shown: string): Finding[] {
  const { size, mode } = statSync(path);
  const permissions = `0${(mode & 0o777).toString(8)}`;
  const isOpenToOthers = process.platform !== "win32" && (mode & 0o077) !== 0;
  return [
    { status: "ok", what: "database", detail: `${shown}, ${(size / 1024).toFixed(0)} KB` },
    isOpenToOthers
      ? {
          status: "warning",
          what: "permissions",
          detail: `${permissions}: other users can read it`,
          remedy: { command: shell("chmod", "600", pathArgument(shown)) },
        }
      : { status: "ok", what: "permissions", detail: permissions },
    ...inspectFolder(dirname(realpathSync.native(path))),
  ];
}

/** Shows the format of the data, and which migrations the tables have. */
export function inspectFormat(path: string): Finding[] {
  const { format, migrations, known, knownFormat } = readFormat(path);
  const last = migrations.at(-1) ?? 0;
  const newest = known.at(-1) ?? 0;
  const detail = `format ${format ?? "unknown"}, migration ${last}`;
  if (last > newest || format === undefined || format > knownFormat)
    return [
      {
        status: "error",
        what: "format",
        detail: `${detail}; this version reads format ${knownFormat} up to migration ${newest}`,
      },
    ];
  if (last === newest) return [{ status: "ok", what: "format", detail }];
  return [
    {
      status: "warning",
      what: "format",
      detail: `${detail}; this version needs migration ${newest}`,
      remedy: {
        text:
          "The next command that writes, such as run or resume, takes a backup beside the file " +
          "and migrates it.",
      },
    },
  ];
}

// The folder must be writable because SQLite writes its log beside the file.
function inspectFolder(folder: string): Finding[] {
  try {
    accessSync(folder, constants.W_OK);
    return [];
  } catch {
    return [
      {
        status: "warning",
        what: "folder",
        detail: `${folder} is not writable: its runs can be read, but none can start or continue`,
        remedy: { command: shell("chmod", "u+w", pathArgument(folder)) },
      },
    ];
  }
}

/** Checks the SQLite settings of the file. */
export function inspectSettings({
  sqliteVersion,
  journalMode,
  synchronous,
  isCopy,
}: ReturnType<ReturnType<typeof openSqliteStorage>["describe"]>): Finding[] {
  const sqlite: Finding = { status: "ok", what: "sqlite", detail: sqliteVersion };
  if (isCopy)
    return [sqlite, { status: "ok", what: "reading", detail: "from a copy in memory, as of now" }];
  return [
    sqlite,
    journalMode === "wal"
      ? { status: "ok", what: "journal mode", detail: journalMode }
      : {
          status: "error",
          what: "journal mode",
          detail: journalMode,
          remedy: { text: "Move the database to a local file system, because it needs WAL mode." },
        },
    { status: "ok", what: "synchronous", detail: `${synchronous} (as with --durability full)` },
  ];
}

/** Counts the runs, and lists each run that no process continues. */
export function inspectRuns(storage: StoragePort): Finding[] {
  const counts = Object.entries(storage.countRuns()).filter(([, n]) => n > 0);
  const orphans = storage.listRuns({ status: "running" }).filter((run) => !isOwned(run));
  return [
    {
      status: "ok",
      what: "runs",
      detail: counts.map(([status, n]) => `${n} ${status}`).join(", ") || "none yet",
    },
    ...orphans.map(
      (run): Finding => ({
        status: "warning",
        what: `run ${shortId(run.runId)}`,
        detail: orphanDetail(run),
        remedy: { command: orphanLine(storage, run) },
      }),
    ),
  ];
}

function orphanLine(storage: StoragePort, run: StoredRun): NextLine {
  const condition = conditionOf(run) === "quarantined" ? "quarantined" : "orphaned";
  return resumeLine({ runId: run.runId, condition, steps: storedSteps(storage, run.runId) });
}

function orphanDetail(run: StoredRun): string {
  if (isQuarantined(run)) {
    const cause = run.recoveryError ?? "its engine died each time";
    return `quarantined after ${run.failedRecoveries} failed recoveries: ${cause}`;
  }
  if (run.owner === undefined) return "no process works on it";
  const { pid, host } = run.owner;
  return ownerState(run) === "gone"
    ? `no process works on it: its process ${pid} is gone`
    : `no process works on it: process ${pid} on ${cleanLine(host)} no longer renews its lease`;
}

/** The maximum number of receivers that a finding names. */
const MAX_RECEIVERS = 5;

/** Reports the receivers of notices that could not be reached. */
export function inspectNotices(storage: StoragePort): Finding[] {
  const positions = storage.notices.unsettled();
  const byReceiver = new Map(positions.map((position) => [position.receiver, position]));
  const lines = [...byReceiver.values()].flatMap(({ receiver }) => {
    const all = positions.filter((position) => position.receiver === receiver);
    return undeliveredLines([totalOf(all)]);
  });
  if (lines.length === 0) return [];
  return [
    {
      status: "warning",
      what: "notices",
      detail: lines.slice(0, MAX_RECEIVERS).join("; "),
      remedy: {
        text:
          "A notice that was given up is not sent again. " +
          "The next run or resume tries the others.",
      },
    },
  ];
}

type Position = ReturnType<StoragePort["notices"]["unsettled"]>[number];

/** The position of a receiver in all runs together: the counts, and the last error. */
function totalOf(positions: readonly Position[]): Position {
  const [first] = positions as [Position, ...Position[]];
  return positions.reduce(
    (sum, { givenUp, failures, error }) => ({
      ...sum,
      givenUp: sum.givenUp + givenUp,
      failures: Math.max(sum.failures, failures),
      ...(error !== undefined && { error }),
    }),
    { ...first, givenUp: 0, failures: 0 },
  );
}
