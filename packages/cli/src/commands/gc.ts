import {
  applyRetention,
  type EndedRun,
  isOwned,
  openSqliteStorage,
  type RetentionPolicy,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow";
import { chosenBackend, remoteBackend } from "../backend/chosen-backend.js";
import { loadPostgres } from "../backend/load-package.js";
import {
  announcePlace,
  databasePath,
  existingDatabase,
  exists,
  isEmpty,
  printedPath,
  withTables,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { byteSize } from "../render/byte-size.js";
import { shortId } from "../render/short-id.js";
import { count, instant } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import { type GcOptions, retentionPolicy } from "./gc/options.js";
import { renderRemoval, SHOWN_RUN_LIMIT } from "./gc/removal.js";

/** How long a call may wait for the server, in ms: nothing else waits. */
const WAIT_MS = 10_000;

/** A storage that may be able to return its free space to the disk. */
type Storage = StoragePort & { readonly vacuum?: () => void };

/**
 * Removes ended runs that exceed a limit; with `--dry-run`, only lists them. Failed runs can be
 * resumed, so they are removed only with `--failed`. If the default
 * database does not exist yet, there are no runs to remove.
 */
export async function gc(io: CliIo, options: GcOptions): Promise<ExitCode> {
  const policy = retentionPolicy(options);
  const storage = await openToRemove(io, options);
  if (storage === undefined) return ExitCode.ok;
  announcePlace(io, options);
  try {
    if (policy === undefined && options.vacuum !== true) throw missingLimit(storage);
    // Check this before removing anything, so that a command that cannot finish does not start.
    if (options.vacuum === true && options.dryRun !== true) refuseVacuumWhileOwned(storage);
    return policy === undefined
      ? shrink(io, options, storage)
      : await remove(io, options, storage, policy);
  } finally {
    storage.close();
  }
}

/** Opens the storage; undefined if there are no runs. */
async function openToRemove(io: CliIo, options: GcOptions): Promise<Storage | undefined> {
  const remote = remoteBackend(io, options);
  if (remote?.kind === "postgres") {
    if (options.vacuum === true) throw noVacuum();
    const { openPostgresStorage } = await loadPostgres();
    const readOnly = options.dryRun === true;
    return openPostgresStorage({ url: remote.url, readOnly, create: false, waitMs: WAIT_MS });
  }
  const standard = databasePath(io, options);
  if (chosenBackend(io, options) === undefined && !exists(io, standard)) {
    const shown = printedPath(io, standard);
    io.stderr.line(`The database ${shown} does not exist yet: there is nothing to remove.`);
    return undefined;
  }
  const path = existingDatabase(io, options);
  if (isEmpty(path)) {
    io.stderr.line(`${printedPath(io, path)} is empty: there is nothing to remove.`);
    return undefined;
  }
  return withTables(io, path, () =>
    openSqliteStorage({ path, readOnly: options.dryRun === true, create: false }),
  );
}

function noVacuum(): UsageError {
  return new UsageError("--vacuum is for database files: PostgreSQL reuses its space itself.", {
    remedy: "Leave it out.",
    next: next("preview_gc", "no_limit", undefined),
  });
}

async function remove(
  io: CliIo,
  options: GcOptions,
  storage: Storage,
  policy: RetentionPolicy,
): Promise<ExitCode> {
  const { dryRun: isDryRun = false, json: isJson = false, vacuum = false } = options;
  const shown: EndedRun[] = [];
  let seenCount = 0;
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM"] as const).map((signal) =>
    io.onSignal(signal, () => stop.abort()),
  );
  const onRemoved = (run: EndedRun): void => {
    seenCount += 1;
    if (isJson)
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        type: "run",
        ...run,
        resumable: run.status === "failed",
        removed: !isDryRun,
      });
    else if (shown.length < SHOWN_RUN_LIMIT) shown.push(run);
  };
  try {
    const report = await applyRetention(storage, policy, {
      isDryRun,
      onRemoved,
      signal: stop.signal,
    });
    if (vacuum && !isDryRun) storage.vacuum?.();
    const size = storage.size();
    if (isJson)
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        type: "summary",
        dryRun: isDryRun,
        ...report,
        ...size,
      });
    else
      renderRemoval(io, options, {
        report,
        size,
        shown,
        seenCount,
        maxBytes: policy.maxBytes,
        isFile: storage.vacuum !== undefined,
        canVacuum: storage.vacuum !== undefined && ownedRun(storage) === undefined,
      });
    return ExitCode.ok;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const done = `${isDryRun ? "inspecting" : "removing"} ${count(seenCount, "run")}`;
    io.stderr.line(`Stopped after ${done}; every other run is intact.`);
    return ExitCode.interrupted;
  } finally {
    for (const release of releases) release();
  }
}

function shrink(
  io: CliIo,
  { json, dryRun: isDryRun = false }: GcOptions,
  storage: Storage,
): ExitCode {
  const before = storage.size();
  if (!isDryRun) storage.vacuum?.();
  const size = isDryRun ? { ...before, fileBytes: before.usedBytes } : storage.size();
  const freedBytes = before.fileBytes - size.fileBytes;
  if (json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "summary",
      dryRun: isDryRun,
      vacuumedBytes: freedBytes,
      ...size,
    });
  else {
    const freed = `${isDryRun ? "Would free" : "Freed"} ${byteSize(freedBytes)} on disk`;
    const left = `the file ${isDryRun ? "would have" : "has"} ${byteSize(size.fileBytes)}`;
    io.stdout.line(`${freed}: ${left}.`);
  }
  return ExitCode.ok;
}

// Without a limit nothing is removed. The error reports what could be removed, which helps to
// choose a limit.
function missingLimit(storage: Storage): UsageError {
  const { completed, failed, cancelled } = storage.countRuns();
  const endedCount = completed + cancelled;
  const [oldest] = storage.listEnded(undefined, 1);
  const ended =
    `${count(endedCount, "run")} ${endedCount === 1 ? "has" : "have"} ended` +
    (failed === 0 ? "" : `, ${count(failed, "failed run")} can be resumed`);
  const since = oldest === undefined ? "" : `, the oldest started at ${instant(oldest.createdAt)}`;
  return new UsageError(
    `gc needs a limit. ${ended}${since}; the database has ${byteSize(storage.size().fileBytes)}.`,
    {
      remedy:
        "Set a limit, such as --older-than 30d, --keep 1000, --max-size 500MB or " +
        "--checkpoints 10, or use --vacuum alone.",
      next: next("preview_gc", "no_limit", undefined),
    },
  );
}

function ownedRun(storage: Storage): StoredRun | undefined {
  return [
    ...storage.listRuns({ status: "running" }),
    ...storage.listRuns({ status: "paused" }),
  ].find((run) => isOwned(run));
}

// Vacuuming rewrites the whole file, which takes longer than another process waits to write.
function refuseVacuumWhileOwned(storage: Storage): void {
  const owned = ownedRun(storage);
  if (owned === undefined) return;
  const owner = `process ${owned.owner?.pid ?? "?"} on ${owned.owner?.host ?? "?"}`;
  throw new UsageError(
    `Run ${shortId(owned.runId)} is owned by ${owner}, which --vacuum would block. ` +
      "Nothing was removed.",
    {
      code: "run_owned_elsewhere",
      remedy:
        "Wait until the run has ended, or omit --vacuum: removing runs without it does not " +
        "block other runs.",
      next: next("show_run", conditionOf(owned), { run: shortId(owned.runId) }),
    },
  );
}
