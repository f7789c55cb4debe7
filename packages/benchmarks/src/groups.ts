import { checkpointRows } from "./checkpoints.ts";
import { hugeRows } from "./huge.ts";
import { initiationRows } from "./latency.ts";
import { planRows } from "./plan.ts";
import { memoryRows, processRows } from "./processes.ts";
import { chainRows, fanRows, manyRunsRows } from "./rates.ts";
import { realGraphRows } from "./real-graphs.ts";
import { resumeRows } from "./resume.ts";
import type { Row } from "./row.ts";
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

/** Measures group after group; `tell` hears of each as it ends, and how long it took. */
export async function measureRows(
  groups: readonly RowGroup[],
  folder: string,
  tell: (rows: readonly Row[], seconds: number) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const group of groups) {
    const startedAt = performance.now();
    const measured = await group(folder);
    tell(measured, (performance.now() - startedAt) / 1000);
    rows.push(...measured);
  }
  return rows;
}
