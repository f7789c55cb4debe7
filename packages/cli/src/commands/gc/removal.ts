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

interface Removal {
  readonly report: RetentionReport;
  readonly size: StorageSize;
  readonly shown: readonly EndedRun[];
  readonly seenCount: number;
  readonly maxBytes: number | undefined;
  /** Whether no process owns a run, so that the file can be rewritten. */
  readonly canVacuum: boolean;
}

/**
 * Prints what `axw gc` removed or would remove: the runs, any other data, and the file's new size.
 */
export function renderRemoval(io: CliIo, options: GcOptions, removal: Removal): void {
  const { stdout } = io;
  const { report, size, shown, seenCount, maxBytes, canVacuum } = removal;
  const isDryRun = options.dryRun === true;
  renderRuns(stdout, shown, seenCount);
  stdout.line(
    `${isDryRun ? "Would remove" : "Removed"} ${removed(report, seenCount)}: ` +
      `${isDryRun ? "about " : ""}${byteSize(report.freedBytes)}.`,
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
    if (seenCount > 0) renderNext(io.stderr, withoutDryRun(options), options);
    return;
  }
  const free = freeBytes === 0 ? "" : `, of which ${byteSize(freeBytes)} are free for new data`;
  stdout.line(`The file has ${byteSize(size.fileBytes)}${free}.`);
  if (freeBytes > size.fileBytes / 4 && canVacuum)
    renderNext(io.stderr, next("vacuum", "free_space", undefined), options);
}

function renderRuns(out: Output, shown: readonly EndedRun[], seenCount: number): void {
  if (seenCount === 0) return;
  const rows = shown.map(({ runId, status, workflowId, createdAt }): Cell[] => [
    shortId(runId),
    { status },
    workflowId,
    instant(createdAt),
  ]);
  for (const line of table(out, ["RUN", "STATUS", "WORKFLOW", "STARTED"], rows)) out.line(line);
  if (seenCount > shown.length) out.line(`… and ${seenCount - shown.length} more`);
}

function removed(report: RetentionReport, runCount: number): string {
  const others = [
    [report.removedDefinitions, "definition"],
    [report.removedArtifacts, "large result"],
    [report.removedCheckpoints, "checkpoint"],
  ] as const;
  return [
    count(runCount, "run"),
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
  return kept
    .slice(0, SHOWN_RUN_LIMIT)
    .map(({ runId, because }) => `Kept run ${shortId(runId)}: ${REASONS[because]}.`);
}

function withoutDryRun({ olderThan, keep, maxSize, checkpoints, vacuum }: GcOptions): NextLine {
  const flags = [
    ["--older-than", olderThan],
    ["--keep", keep],
    ["--max-size", maxSize],
    ["--checkpoints", checkpoints],
  ] as const;
  const given = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, String(value)],
  );
  const args = [...given, ...(vacuum === true ? ["--vacuum"] : [])];
  return next("remove_runs", "previewed", { args });
}
