import { CHECKPOINTS_INDEX } from "./listed-rows.js";
import type { PageStore } from "./PageStore.js";
import type { RowScan } from "./RowScan.js";
import { shapesOfMigrations } from "./row-shapes.js";
import type { DamagedPage } from "./TreeWalk.js";

const JOURNAL = "workflow_journal";
const CHECKPOINTS = "workflow_checkpoints";
/** How many damaged pages to describe one by one. */
const MAX_DESCRIBED = 20;

/** Describes what cannot be read. Indexes are left out: they are rebuilt from the rows. */
export function damageOf(store: PageStore, scan: RowScan): string[] {
  const lines: string[] = [];
  const { transactionCount, unfinished } = store.log;
  if (unfinished.length > 0)
    lines.push(
      `the last transaction in the log, after ${transactionCount} committed ` +
        `${transactionCount === 1 ? "one" : "ones"}: it was not committed`,
    );
  const { missingFrames } = store;
  if (missingFrames > 0)
    lines.push(
      `the last ${missingFrames} committed ${missingFrames === 1 ? "page" : "pages"} in the log: ` +
        "the log ends before them",
    );
  const damaged = scan.damaged.filter(
    ({ pageNumber, name, isMissing }) =>
      (name === undefined || !isIndex(name)) && !(pageNumber === 0 && isMissing),
  );
  for (const page of damaged.slice(0, MAX_DESCRIBED)) lines.push(describePage(page));
  if (damaged.length > MAX_DESCRIBED)
    lines.push(`${damaged.length - MAX_DESCRIBED} more pages that cannot be read`);
  const { foundCount } = scan;
  if (foundCount > 0)
    lines.push(
      `the order of ${foundCount} ${foundCount === 1 ? "page" : "pages"} that no table leads to; ` +
        "rows in them were recognised by their form",
    );
  return lines;
}

/** How many pages of unknown number are lost. */
export function countUnknownPages(scan: RowScan): number {
  return scan.damaged.filter(({ pageNumber }) => pageNumber === 0).length;
}

/** Returns whether a page that cannot be read may contain keys of the journal in this range. */
export function mayHideEntries(scan: RowScan, [after, upTo]: readonly [number, number]): boolean {
  return scan.damaged.some(
    (page) =>
      page.mayHideRows &&
      (page.name === undefined || page.name === JOURNAL) &&
      page.after < upTo &&
      page.upTo > after,
  );
}

/**
 * Returns whether a page that cannot be read may contain a checkpoint, and another one the entry of
 * the index that lists it.
 */
export function mayHideCheckpoints(scan: RowScan): boolean {
  const isLost = (name: string): boolean =>
    scan.damaged.some((page) => page.name === undefined || page.name === name);
  return isLost(CHECKPOINTS) && (isLost(CHECKPOINTS_INDEX) || !scan.hasTree(CHECKPOINTS_INDEX));
}

function isIndex(name: string): boolean {
  return shapesOfMigrations().indexes.has(name);
}

function describePage({ pageNumber, name, isMissing }: DamagedPage): string {
  if (pageNumber === 0) return "a page in the log: it and its number cannot be read";
  const where = name === undefined ? "" : ` of ${name}`;
  return isMissing
    ? `page ${pageNumber}${where}: the file ends before it`
    : `page ${pageNumber}${where}: it is damaged`;
}
