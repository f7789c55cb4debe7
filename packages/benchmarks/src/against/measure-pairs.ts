import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Group } from "../groups.ts";
import { TITLES } from "../titles.ts";
import { ROOT } from "./Checkout.ts";
import { runChild } from "./run-child.ts";
import type { Figure, Pair } from "./verdict.ts";

export interface PairsOptions {
  readonly groups: readonly Group[];
  /** The number of pairs for each row. */
  readonly count: number;
  /** The root of the other version. */
  readonly against: string;
  /** The folder for the measured processes' files. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

/** A row's pairs, or the reason why it has none. */
export type Pairs = Figure & ({ readonly pairs: readonly Pair[] } | { readonly failure: string });

/**
 * Measures every group of both versions, each time in a fresh process. The two processes of a pair
 * run back to back, and every second pair swaps their order, so that a machine that becomes faster
 * or slower favours neither version. Every group gets its first pair before any group gets its
 * second.
 */
export async function measurePairs(options: PairsOptions): Promise<readonly Pairs[]> {
  const { groups, count, report } = options;
  const rows = new Map<string, Figure & { pairs: Pair[] }>();
  const failures = new Map<string, string>();
  const seconds = new Map<string, number>();
  for (let round = 0; round < count; round += 1) {
    for (const group of groups) {
      if (failures.has(group.id)) continue;
      const startedAt = performance.now();
      const outcome = await measurePair(group, round, options);
      seconds.set(group.id, (performance.now() - startedAt) / 1000);
      if (typeof outcome === "string") failures.set(group.id, outcome);
      else addPairs(rows, outcome);
      const left = secondsLeft(groups, seconds, group, count - round - 1);
      report(
        `pair ${round + 1} of ${count}, ${group.id}: ${seconds.get(group.id)?.toFixed(0)} s` +
          (left === undefined ? "" : `; about ${describeSeconds(left)} left`),
      );
    }
  }
  return groups.flatMap(({ id: group, rows: ids }) =>
    ids.map((id): Pairs => {
      const row = rows.get(id);
      const failure = failures.get(group) ?? (row === undefined ? "no figure" : undefined);
      const { what = TITLES[id], unit = "", value = Number.NaN, better = "less" } = row ?? {};
      const figure = { id, what, unit, value, better };
      return failure === undefined
        ? { ...figure, pairs: row?.pairs ?? [] }
        : { ...figure, failure };
    }),
  );
}

/**
 * The group's figures for both versions, or the reason why the other version cannot be measured.
 */
async function measurePair(
  group: Group,
  round: number,
  options: PairsOptions,
): Promise<{ ours: readonly Figure[]; theirs: readonly Figure[] } | string> {
  const ours = (): Promise<readonly Figure[]> => measureIn(ROOT, group, options);
  const theirs = async (): Promise<readonly Figure[] | string> => {
    try {
      return await measureIn(options.against, group, options);
    } catch (error) {
      options.signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  };
  const first = round % 2 === 0 ? await ours() : undefined;
  const other = await theirs();
  if (typeof other === "string") return other;
  return { ours: first ?? (await ours()), theirs: other };
}

async function measureIn(
  root: string,
  group: Group,
  { folder, signal }: PairsOptions,
): Promise<readonly Figure[]> {
  const files = path.join(folder, "files");
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files);
  const script = path.join(root, "packages/benchmarks/scripts/measure-group.ts");
  const output = await runChild(process.execPath, [script, group.id, files], { cwd: root, signal });
  return JSON.parse(output) as Figure[];
}

function addPairs(
  rows: Map<string, Figure & { pairs: Pair[] }>,
  { ours, theirs }: { ours: readonly Figure[]; theirs: readonly Figure[] },
): void {
  for (const figure of ours) {
    const other = theirs.find(({ id }) => id === figure.id);
    if (other === undefined || Number.isNaN(figure.value) || Number.isNaN(other.value)) continue;
    const row = rows.get(figure.id) ?? { ...figure, pairs: [] };
    row.pairs.push({ ours: figure.value, theirs: other.value });
    rows.set(figure.id, row);
  }
}

// The total is known once every group has been measured.
function secondsLeft(
  groups: readonly Group[],
  seconds: ReadonlyMap<string, number>,
  current: Group,
  roundsAfter: number,
): number | undefined {
  if (groups.some(({ id }) => !seconds.has(id))) return undefined;
  const secondsOf = (some: readonly Group[]): number =>
    some.reduce((sum, { id }) => sum + (seconds.get(id) ?? 0), 0);
  return secondsOf(groups.slice(groups.indexOf(current) + 1)) + roundsAfter * secondsOf(groups);
}

const describeSeconds = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.round(seconds / 60)} min`;
