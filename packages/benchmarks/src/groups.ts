import { checkpointRows } from "./checkpoints.ts";
import { hugeRows } from "./huge.ts";
import { initiationRows } from "./latency.ts";
import { planRows } from "./plan.ts";
import { memoryRows, processRows } from "./processes.ts";
import { chainRows, fanRows, manyRunsRows } from "./rates.ts";
import { realGraphRows } from "./real-graphs.ts";
import { resumeRows } from "./resume.ts";
import { judgeCrowded, type Row } from "./row.ts";
import { sizeRows } from "./sizes.ts";
import { sleepRows } from "./sleeps.ts";
import { transitionRows } from "./transitions.ts";

/** Rows that are measured together, in a folder for their files. */
export type RowGroup = (folder: string) => readonly Row[] | Promise<readonly Row[]>;

/** A minute or so. */
export const SHORT: readonly RowGroup[] = [
  planRows,
  chainRows,
  fanRows,
  manyRunsRows,
  sleepRows,
  initiationRows,
  checkpointRows,
  resumeRows,
  sizeRows,
  memoryRows,
  processRows,
  transitionRows,
  realGraphRows,
];

/** What takes longer. */
export const LONG: readonly RowGroup[] = [hugeRows];

const SPIN_MS = 100;

/** What is told of a group of rows when it ends. */
export interface GroupEnd {
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** How many times longer work takes here than on a processor of its own. */
  readonly crowding: number;
}

/** Measures group after group, and before and after each how crowded the machine is; `tell` hears of each as it ends. */
export async function measureRows(
  groups: readonly RowGroup[],
  folder: string,
  tell: (end: GroupEnd) => void,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  let before = measureCrowding();
  for (const group of groups) {
    const startedAt = performance.now();
    const measured = await group(folder);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = measureCrowding();
    const crowding = Math.max(before, after);
    before = after;
    const rows = measured.map((row) => judgeCrowded(row, crowding));
    tell({ rows, seconds, crowding });
    all.push(...rows);
  }
  return all;
}

// Work that waits for nothing takes as long as its thread runs; the rest of the time others did.
function measureCrowding(): number {
  const startedAt = performance.now();
  const before = process.threadCpuUsage();
  while (performance.now() - startedAt < SPIN_MS);
  const { user, system } = process.threadCpuUsage(before);
  return Math.max(1, (SPIN_MS * 1000) / (user + system));
}
