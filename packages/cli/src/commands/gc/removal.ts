import type { EndedRun, RetentionReport, StorageSize } from "@automatosx/workflow";
import type { CliIo } from "../../io.js";
import { type NextLine, next } from "../../next/actions.js";
import type { Output } from "../../Output.js";
import { byteSize } from "../../render/byte-size.js";
import { renderNext } from "../../render/error.js";
import { shortId } from "../../render/short-id.js";
import { type Cell, table } from "../../render/table.js";
import { count, instant } from "../../render/words.js";
import type { GcOptions } from "./options.js";

/** The maximum number of runs that are listed; the others are only counted. */
export const SHOWN_RUN_LIMIT = 20;

/** The maximum number of kept runs that are named in one line. */
const NAMED_RUN_LIMIT = 5;

interface Removal {
  readonly report: RetentionReport;
  readonly size: StorageSize;
  readonly shown: readonly EndedRun[];
  readonly seenCount: number;
  readonly maxBytes: number | undefined;
  /** Whether the data is in a file, and not in the tables of a server. */
  readonly isFile: boolean;
  /** Whether no process owns a run, so that the file can be rewritten. */
  readonly canVacuum: boolean;
}

/**
 * Prints what `axw gc` removed or would remove: the runs, any other data, and the file's new size.
 */
export function renderRemoval(io: CliIo, options: GcOptions, removal: Removal): void {
  const { stdout } = io;
  const { report, size, shown, seenCount, maxBytes, isFile, canVacuum } = removal;
  const isDryRun = options.dryRun === true;
  const resumable = isDryRun ? "can be resumed" : "could be resumed";
  renderRuns(stdout, { shown, seenCount, resumable });
  // A server frees the space of removed rows later, so nothing can be said about it now.
  const bytes = isDryRun ? `: about ${byteSize(report.freedBytes)}` : freed(report, isFile);
  stdout.line(
    `${isDryRun ? "Would remove" : "Removed"} ${removed(report, seenCount, resumable)}${bytes}.`,
  );
  for (const line of keptLines(report)) stdout.line(line);
  const leftBytes = size.usedBytes - (isDryRun ? report.freedBytes : 0);
  if (maxBytes !== undefined && leftBytes > maxBytes)
    stdout.line(
      `Limit not reached: the remaining data needs ${byteSize(leftBytes)}, ` +
        `more than --max-size ${options.maxSize ?? ""}.`,
    );
  const freeBytes = size.fileBytes - size.usedBytes;
  if (isDryRun) {
    renderNextOfPreview(io, options, removal);
    return;
  }
  if (!isFile) {
    stdout.line(`The tables have ${byteSize(size.fileBytes)}; PostgreSQL reuses what is free.`);
    return;
  }
  const free = freeBytes === 0 ? "" : `, of which ${byteSize(freeBytes)} are free for new data`;
  stdout.line(`The database has ${byteSize(size.fileBytes)}${free}.`);
  if (freeBytes > size.fileBytes / 4 && canVacuum)
    renderNext(io.stderr, next("vacuum", "free_space", undefined), options);
}

function freed({ freedBytes }: RetentionReport, isFile: boolean): string {
  return isFile ? `: ${byteSize(freedBytes)}` : "";
}

interface ShownRuns extends Pick<Removal, "shown" | "seenCount"> {
  /** The note on a run that has failed. */
  readonly resumable: string;
}

function renderRuns(out: Output, { shown, seenCount, resumable }: ShownRuns): void {
  if (seenCount === 0) return;
  const rows = shown.map(({ runId, status, workflowId, createdAt }): Cell[] => [
    shortId(runId),
    // Without an icon: a completed run may have failures that were tolerated.
    status,
    workflowId,
    instant(createdAt),
    status === "failed" ? resumable : "",
  ]);
  const header = ["RUN", "STATUS", "WORKFLOW", "STARTED", "NOTE"];
  for (const line of table(out, header, rows, { whole: ["RUN"] })) out.line(line);
  if (seenCount > shown.length) out.line(`… and ${seenCount - shown.length} more`);
}

function removed(report: RetentionReport, runCount: number, resumable: string): string {
  const others = [
    [report.removedDefinitions, "definition"],
    [report.removedArtifacts, "large result"],
    [report.removedCheckpoints, "checkpoint"],
  ] as const;
  const { failed } = report.removedRuns;
  const note = failed === 0 ? "" : ` (${failed} failed, which ${resumable})`;
  return [
    `${count(runCount, "run")}${note}`,
    ...others.flatMap(([n, noun]) => (n === 0 ? [] : [count(n, noun)])),
  ].join(", ");
}

const REASONS = {
  forked: "other runs were forked from it",
  held: "a process owns it",
  damaged: "its row is damaged",
  not_ended: "it has been resumed",
} as const;

function keptLines({ kept }: RetentionReport): string[] {
  const resumable = kept.filter(({ because }) => because === "resumable");
  return [
    ...kept
      .flatMap(({ runId, because }) =>
        because === "resumable" ? [] : `Kept run ${shortId(runId)}: ${REASONS[because]}.`,
      )
      .slice(0, SHOWN_RUN_LIMIT),
    ...(resumable.length === 0 ? [] : [resumableLine(resumable)]),
  ];
}

function resumableLine(runs: RetentionReport["kept"]): string {
  const ids = runs.slice(0, NAMED_RUN_LIMIT).map(({ runId }) => shortId(runId));
  const names = [...ids, ...(runs.length > ids.length ? ["…"] : [])].join(", ");
  return (
    `Kept ${count(runs.length, "failed run")}, which can be resumed: ${names}. ` +
    `With --failed ${runs.length === 1 ? "it is" : "they are"} removed too.`
  );
}

function renderNextOfPreview(io: CliIo, options: GcOptions, { report, seenCount }: Removal): void {
  const failed = report.kept.find(({ because }) => because === "resumable");
  if (seenCount > 0) return renderNext(io.stderr, withoutDryRun(options), options);
  if (failed === undefined) return;
  renderNext(io.stderr, next("show_run", "failed", { run: shortId(failed.runId) }), options);
}

function withoutDryRun(options: GcOptions): NextLine {
  const { olderThan, keep, maxSize, checkpoints, failed, vacuum } = options;
  const flags = [
    ["--older-than", olderThan],
    ["--keep", keep],
    ["--max-size", maxSize],
    ["--checkpoints", checkpoints],
  ] as const;
  const given = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, String(value)],
  );
  const switches = [failed === true ? "--failed" : [], vacuum === true ? "--vacuum" : []].flat();
  return next("remove_runs", "previewed", { args: [...given, ...switches] });
}
