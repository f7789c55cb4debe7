import type { RunStatus } from "@automatosx/schemas";
import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { DamagedDatabase, ExpectedRun } from "../storage/sqlite/DamagedDatabase.js";

/** Up to this entry, each commit writes the end of the journal to the row of its run. */
const ALWAYS_RECORDED = 64;

/** Describes a run of which nothing can be copied. */
export function whyUnproven(damaged: DamagedDatabase, run: ExpectedRun): string {
  if (run.isOld)
    return (
      "everything: only replaced versions of pages mention it; " +
      "it may have been removed before the damage"
    );
  const count = damaged.countEntries(run);
  const journal =
    count > 0 ? `; its journal has ${count} ${count === 1 ? "entry" : "entries"}` : "";
  const isRowFound = run.sources.has("the table of runs");
  const sources = [...run.sources].filter((source) => source !== "its journal");
  const mentions =
    isRowFound || sources.length === 0 ? "" : `; ${joined(sources)} mention${plural(sources)} it`;
  return `everything: its row cannot be read or does not match its hash${journal}${mentions}`;
}

/** Returns what the old database says about a run after the entries that were kept. */
export function lossesAfter(
  damaged: DamagedDatabase,
  run: ExpectedRun,
  end: number,
  problem: string | undefined,
): string[] {
  const lastSeen = damaged.lastSeen(run);
  if (lastSeen > end)
    return [`entries ${end + 1} to ${lastSeen}: ${problem ?? `entry ${end + 1} is missing`}`];
  const unfinished = damaged.lastUnfinished(run);
  return unfinished > end
    ? [`entries ${end + 1} to ${unfinished}: their transaction was not committed`]
    : [];
}

/**
 * Returns why a run whose entries are all intact may still have had more: its row or an index
 * contradicts the status that follows from them, or a page that may contain more cannot be read.
 */
export function doubtAbout(
  damaged: DamagedDatabase,
  run: ExpectedRun,
  end: number,
  status: RunStatus,
): string | undefined {
  const { state, statuses, runNumber = 0 } = run;
  const recorded = RUN_STATUSES.find((known) => known === state?.status);
  const isRecorded = recorded === status && state?.isOld === false && damaged.areRowsCurrent();
  if (recorded !== undefined && recorded !== status && (state?.journalSeq ?? 0) >= end)
    return `entries after ${end}: its row says ${recorded}, but its journal ends as ${status}`;
  const listed = RUN_STATUSES.find((known) => known !== status && statuses.has(known));
  if (!isRecorded && listed !== undefined && !statuses.has(status))
    return `entries after ${end}: an index lists it as ${listed}; its journal ends as ${status}`;
  // The end of a run and its row are written by the same commit.
  if (isRecorded && status !== "running" && status !== "paused") return undefined;
  if (damaged.hasUnfinished())
    return (
      `entries after ${end}, if there were any: ` +
      "the last transaction in the log was not committed and cannot be read completely"
    );
  const isEndKnown = isRecorded && state.journalSeq === end && end < ALWAYS_RECORDED;
  return !isEndKnown && damaged.mayHideEntriesAfter(runNumber, end)
    ? `entries after ${end}, if there were any: a page that may contain them cannot be read`
    : undefined;
}

function joined(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

function plural(sources: readonly string[]): string {
  return sources.length === 1 && sources[0] !== "its checkpoints" ? "s" : "";
}
