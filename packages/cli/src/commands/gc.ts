import { existsSync } from "node:fs";
import { parseDuration } from "@automatosx/schemas";
import {
  applyRetention,
  type EndedRun,
  openSqliteStorage,
  type RetentionPolicy,
  type RetentionReport,
  type StorageSize,
} from "@automatosx/workflow";
import { type DbOptions, databasePath, isEmpty, mustExist, shownPath } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { ownerState } from "../owner-state.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { count, instant, shellWord, shortId } from "../render/words.js";
import { UsageError } from "../UsageError.js";

export interface GcOptions extends DbOptions {
  readonly olderThan?: string;
  readonly keep?: number;
  readonly maxSize?: string;
  readonly checkpoints?: number;
  readonly vacuum?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Storage = ReturnType<typeof openSqliteStorage>;

/** Runs named to a person; of more there is the number. */
const MOST_SHOWN = 20;

const UNIT_BYTES = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** Removes runs that have ended and are beyond a limit; with `--dry-run` it says which. A database that is not there yet has none. */
export async function gc(io: CliIo, options: GcOptions): Promise<ExitCode> {
  const policy = policyOf(options);
  if (options.db === undefined && !existsSync(databasePath(io, options))) {
    io.stderr.line(
      `No database at ${shownPath(io, databasePath(io, options))} yet: there is nothing to remove.`,
    );
    return ExitCode.ok;
  }
  const path = mustExist(io, options);
  if (isEmpty(path)) {
    io.stderr.line(`${shownPath(io, path)} is empty: there is nothing to remove.`);
    return ExitCode.ok;
  }
  const storage = openSqliteStorage({ path, readOnly: options.dryRun === true });
  try {
    const hasLimit = Object.keys(policy).length > 0;
    if (!hasLimit && options.vacuum !== true) throw asksForLimit(storage, options);
    // Before anything is removed: what cannot be done as asked is not begun.
    if (options.vacuum === true && options.dryRun !== true) mustBeIdle(storage);
    return hasLimit ? await remove(io, options, storage, policy) : shrink(io, options, storage);
  } finally {
    storage.close();
  }
}

async function remove(
  io: CliIo,
  options: GcOptions,
  storage: Storage,
  policy: RetentionPolicy,
): Promise<ExitCode> {
  const { dryRun: isDryRun = false, json: isJson = false, vacuum = false } = options;
  const shown: EndedRun[] = [];
  let seen = 0;
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM"] as const).map((signal) =>
    io.onSignal(signal, () => stop.abort()),
  );
  const onRemoved = (run: EndedRun): void => {
    seen += 1;
    if (isJson)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, type: "run", ...run, removed: !isDryRun });
    else if (shown.length < MOST_SHOWN) shown.push(run);
  };
  try {
    const report = await applyRetention(storage, policy, {
      isDryRun,
      onRemoved,
      signal: stop.signal,
    });
    if (vacuum && !isDryRun) storage.vacuum();
    const size = storage.size();
    if (isJson)
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        type: "summary",
        dryRun: isDryRun,
        ...report,
        ...size,
      });
    else describe(io, options, { report, size, shown, seen });
    return ExitCode.ok;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    io.stderr.line(
      `Stopped: ${count(seen, "run")} ${isDryRun ? "looked at" : "removed"}; all others are whole.`,
    );
    return ExitCode.interrupted;
  } finally {
    for (const release of releases) release();
  }
}

function shrink(io: CliIo, { json, dryRun }: GcOptions, storage: Storage): ExitCode {
  const before = storage.size();
  if (dryRun !== true) storage.vacuum();
  const size = dryRun === true ? { ...before, fileBytes: before.usedBytes } : storage.size();
  const freed = before.fileBytes - size.fileBytes;
  if (json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "summary",
      dryRun: dryRun === true,
      vacuumedBytes: freed,
      ...size,
    });
  else
    io.stdout.line(
      `${dryRun === true ? "Would give" : "Gave"} ${bytes(freed)} back to the disk: the file ${dryRun === true ? "would have" : "has"} ${bytes(size.fileBytes)}.`,
    );
  return ExitCode.ok;
}

interface Outcome {
  readonly report: RetentionReport;
  readonly size: StorageSize;
  readonly shown: readonly EndedRun[];
  readonly seen: number;
}

function describe(io: CliIo, options: GcOptions, { report, size, shown, seen }: Outcome): void {
  const { stdout } = io;
  const isDryRun = options.dryRun === true;
  if (seen > 0) {
    const rows = shown.map(({ runId, status, workflowId, createdAt }): Cell[] => [
      shortId(runId),
      { status },
      workflowId,
      instant(createdAt),
    ]);
    for (const line of table(stdout, ["RUN", "STATUS", "WORKFLOW", "STARTED"], rows))
      stdout.line(line);
    if (seen > shown.length) stdout.line(`… and ${seen - shown.length} more`);
  }
  const others = [
    [report.removedDefinitions, "definition"],
    [report.removedArtifacts, "large result"],
    [report.removedCheckpoints, "checkpoint"],
  ] as const;
  const parts = [
    count(seen, "run"),
    ...others.flatMap(([n, noun]) => (n === 0 ? [] : [count(n, noun)])),
  ];
  stdout.line(
    `${isDryRun ? "Would remove" : "Removed"} ${parts.join(", ")}: ${isDryRun ? "about " : ""}${bytes(report.freedBytes)}.`,
  );
  for (const line of keptLines(report)) stdout.line(line);
  const stays = size.usedBytes - (isDryRun ? report.freedBytes : 0);
  if (options.maxSize !== undefined && stays > sizeOf(options.maxSize))
    stdout.line(
      `Limit not reached: what stays needs ${bytes(stays)}, and --max-size is ${options.maxSize}.`,
    );
  const free = size.fileBytes - size.usedBytes;
  if (!isDryRun)
    stdout.line(
      `The file has ${bytes(size.fileBytes)}${free === 0 ? "" : `, ${bytes(free)} of it free for what comes`}.`,
    );
  if (isDryRun && seen > 0) renderNext(io.stderr, inEarnest(options));
  else if (!isDryRun && free > size.fileBytes / 4)
    renderNext(
      io.stderr,
      `axw gc --vacuum${dbFlag(options)}   (gives what is free back to the disk)`,
    );
}

// What was tried, as it is typed to be done.
function inEarnest({ olderThan, keep, maxSize, checkpoints, vacuum, db }: GcOptions): string {
  const flags = [
    ["--older-than", olderThan],
    ["--keep", keep],
    ["--max-size", maxSize],
    ["--checkpoints", checkpoints],
  ] as const;
  const given = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag} ${shellWord(String(value))}`],
  );
  return `${["axw gc", ...given, ...(vacuum === true ? ["--vacuum"] : [])].join(" ")}${dbFlag(db === undefined ? {} : { db })}`;
}

const WHY = {
  forked: "others were forked from it",
  held: "a process has it",
  damaged: "its row is damaged: axw doctor --verify",
  not_ended: "it has been taken up again",
} as const;

function keptLines({ kept }: RetentionReport): string[] {
  return kept
    .slice(0, MOST_SHOWN)
    .map(({ runId, because }) => `Kept run ${shortId(runId)}: ${WHY[because]}.`);
}

// Without a limit nothing is removed; what there is helps to choose one.
function asksForLimit(storage: Storage, options: GcOptions): UsageError {
  const { completed, failed, cancelled } = storage.countRuns();
  const [oldest] = storage.listEnded(undefined, 1);
  const { fileBytes } = storage.size();
  const there = `${count(completed + failed + cancelled, "run")} that ${completed + failed + cancelled === 1 ? "has" : "have"} ended could go`;
  const since = oldest === undefined ? "" : `, the oldest of ${instant(oldest.createdAt)}`;
  return new UsageError(
    `Nothing says what is to be removed: ${there}${since}; the file has ${bytes(fileBytes)}.`,
    {
      remedy:
        "Give a limit: --older-than 30d, --keep 1000, --max-size 500MB, --checkpoints 10; or --vacuum alone.",
      next: `axw gc --older-than 30d --dry-run${dbFlag(options)}`,
    },
  );
}

// The file is written anew as a whole, which takes longer than a writer waits.
function mustBeIdle(storage: Storage): void {
  const held = [
    ...storage.listRuns({ status: "running" }),
    ...storage.listRuns({ status: "paused" }),
  ].find((run) => ["alive", "elsewhere"].includes(ownerState(run)));
  if (held === undefined) return;
  throw new UsageError(
    `Process ${held.owner?.pid ?? "?"} on ${held.owner?.host ?? "?"} works on run ${shortId(held.runId)}: --vacuum would hold it up.`,
    {
      code: "run_owned_elsewhere",
      remedy:
        "Wait until it has ended, or leave --vacuum out: removing alone does not disturb it. Nothing was removed.",
      next: "axw list --status running",
    },
  );
}

function policyOf({ olderThan, keep, maxSize, checkpoints }: GcOptions): RetentionPolicy {
  return {
    ...(olderThan !== undefined && { maxAgeMs: durationOf(olderThan) }),
    ...(keep !== undefined && { maxRunCount: keep }),
    ...(maxSize !== undefined && { maxBytes: sizeOf(maxSize) }),
    ...(checkpoints !== undefined && { checkpointsPerRun: checkpoints }),
  };
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--older-than ${text}: that is not a duration.`, {
    remedy: "Write 30d, 12h, 1h30m or 90s.",
    next: "axw gc --help",
  });
}

function sizeOf(text: string): number {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]B)$/i.exec(text) ?? [];
  // A number alone would be bytes, and `--max-size 500` remove everything.
  if (amount !== undefined && unit !== undefined)
    return Math.floor(Number(amount) * UNIT_BYTES[unit.toUpperCase() as keyof typeof UNIT_BYTES]);
  throw new UsageError(`--max-size ${text}: that is no size with a unit.`, {
    remedy: "Write 500MB, 2GB or 800KB; 1 MB is 1,048,576 bytes.",
    next: "axw gc --help",
  });
}

/** `1.5 MB`. */
function bytes(n: number): string {
  const unit = (["TB", "GB", "MB", "KB"] as const).find((name) => n >= UNIT_BYTES[name]);
  return unit === undefined ? `${n} bytes` : `${(n / UNIT_BYTES[unit]).toFixed(1)} ${unit}`;
}
