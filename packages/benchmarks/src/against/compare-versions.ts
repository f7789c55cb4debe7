import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Group } from "../groups.ts";
import { shorten } from "../row.ts";
import { median } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { Checkout } from "./Checkout.ts";
import { measurePairs, type Pairs } from "./measure-pairs.ts";
import { comparePairs, isWide, TOLERANCE } from "./verdict.ts";

export interface AgainstOptions {
  /** A commit, branch or tag. */
  readonly ref: string;
  readonly groups: readonly Group[];
  /** The rows to print. A group always measures all of its rows. */
  readonly isPrinted: (row: RowId) => boolean;
  readonly pairs: number;
  readonly signal: AbortSignal;
  /** Prints progress. */
  readonly report: (line: string) => void;
}

/**
 * Compares the built checkout with another version. Returns the table and whether any row is worse.
 */
export async function compareVersions(
  options: AgainstOptions,
): Promise<{ lines: readonly string[]; isWorse: boolean }> {
  const { ref, groups, isPrinted, pairs: count, signal, report } = options;
  report(`building ${ref} in a temporary worktree`);
  await using checkout = await Checkout.open(ref, signal);
  const folder = mkdtempSync(path.join(tmpdir(), "bench-pairs-"));
  try {
    const against = checkout.folder;
    const rows = await measurePairs({ groups, count, against, folder, signal, report });
    return tabulate(
      rows.filter(({ id }) => isPrinted(id)),
      ref,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The table of a comparison, and whether any row is worse. */
export function tabulate(
  rows: readonly Pairs[],
  ref: string,
): { lines: readonly string[]; isWorse: boolean } {
  const compared = rows.flatMap((row) =>
    "failure" in row ? [] : [{ ...row, ...comparePairs(row.pairs, row.better) }],
  );
  const lines = compared.map((row) => {
    const { verdict, what, ratio, low, high, unit, pairs } = row;
    const ours = shorten(median(pairs.map((pair) => pair.ours)));
    const theirs = shorten(median(pairs.map((pair) => pair.theirs)));
    const interval = `${low.toFixed(3)} to ${high.toFixed(3)}`;
    const figures = `${ours} against ${theirs}${unit}`;
    return `${verdict.padEnd(14)}  ${what}: × ${ratio.toFixed(3)} (${interval}), ${figures}`;
  });
  const failed = rows.flatMap((row) =>
    "failure" in row ? [`not comparable  ${row.what}: ${row.failure}`] : [],
  );
  const numberOf = (wanted: string): number =>
    compared.filter(({ verdict }) => verdict === wanted).length;
  const [worse, wide] = [numberOf("worse"), compared.filter(isWide).length];
  const tolerance = `${Math.round((TOLERANCE - 1) * 100)} %`;
  return {
    isWorse: worse > 0,
    lines: [
      ...lines,
      ...failed,
      "",
      `Ratios are this version over ${ref}: the median of the pairs, and its interval of at ` +
        "least 95 % confidence. A row is worse, or better, when the whole interval is beyond " +
        `${tolerance}.`,
      ...(wide === 0
        ? []
        : [`Intervals too wide to show a change of ${tolerance}: ${wide}. Raise --pairs.`]),
      `${compared.length} rows compared: ${worse} worse, ${numberOf("better")} better, ` +
        `${numberOf("same")} same; ${failed.length} not comparable`,
    ],
  };
}
