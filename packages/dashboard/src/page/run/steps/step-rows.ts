import { placeOf, type StepInfo } from "@automatosx/run-view";
import type { Inner } from "./StepTable.js";

/** A row of the list of steps. */
export interface StepRow {
  /** The path of the step, or of the fan-out whose folded rest it is with `REST` behind it. */
  readonly key: string;
  readonly path: string;
  /** The depth, from 1. */
  readonly level: number;
  /** The position among the rows of the same owner, from 1, and how many these are. */
  readonly position: number;
  readonly siblings: number;
  /** Undefined if there is nothing to unfold. */
  readonly isOpen: boolean | undefined;
  /** The row that contains it. */
  readonly owner: string | undefined;
  /** The steps that a folded rest stands for; undefined for a row of one step. */
  readonly rest?: readonly string[];
}

/** Which rows are listed. */
export type RowFilter = "all" | "open" | "failed";

/** What the rows are made of. */
export interface RowSource {
  get(path: string): StepInfo | undefined;
  readonly inner: Inner;
}

/** Which steps are unfolded. */
export interface Folds {
  isOpen(key: string, step: StepInfo | undefined): boolean;
}

/** A NUL cannot be part of a path. */
const REST = "\0rest";

/** The key of the row for the folded rest of a fan-out. */
export function restOf(path: string): string {
  return path + REST;
}

/** Whether a step has begun and is not settled, or asks for something. */
export function isUnsettled({ status }: Pick<StepInfo, "status">): boolean {
  return status === "running" || status === "waiting" || status === "open" || status === "unknown";
}

/** Returns the rows, in the order of the definition: a step, then what is inside it if unfolded. */
export function stepRows(
  source: RowSource,
  folds: Folds,
  filter: RowFilter = "all",
): readonly StepRow[] {
  const shown = filter === "all" ? undefined : matching(source, filter);
  const rows: StepRow[] = [];
  addInner(source, folds, shown, undefined, 1, rows);
  return rows;
}

function addInner(
  source: RowSource,
  folds: Folds,
  shown: ReadonlySet<string> | undefined,
  owner: string | undefined,
  level: number,
  rows: StepRow[],
): void {
  const all = source.inner.get(owner) ?? [];
  const paths = shown === undefined ? all : all.filter((path) => shown.has(path));
  const step = owner === undefined ? undefined : source.get(owner);
  const isFanOut = step?.kind === "foreach" && shown === undefined;
  const [listed, rest] = isFanOut ? divide(source, paths) : [paths, []];
  const siblings = listed.length + (rest.length > 0 ? 1 : 0);
  let position = 0;
  const add = (path: string): void => {
    position += 1;
    const hasInner = (source.inner.get(path)?.length ?? 0) > 0;
    const isOpen = hasInner
      ? shown !== undefined || folds.isOpen(path, source.get(path))
      : undefined;
    rows.push({ key: path, path, level, position, siblings, isOpen, owner });
    if (isOpen === true) addInner(source, folds, shown, path, level + 1, rows);
  };
  for (const path of listed) add(path);
  if (rest.length === 0 || owner === undefined) return;
  position += 1;
  const key = restOf(owner);
  const isOpen = folds.isOpen(key, undefined);
  rows.push({ key, path: owner, level, position, siblings, isOpen, owner, rest });
  if (!isOpen) return;
  rest.forEach((path, index) => {
    const hasInner = (source.inner.get(path)?.length ?? 0) > 0;
    const isItemOpen = hasInner ? folds.isOpen(path, source.get(path)) : undefined;
    const place = { level: level + 1, position: index + 1, siblings: rest.length };
    rows.push({ key: path, path, ...place, isOpen: isItemOpen, owner: key });
    if (isItemOpen === true) addInner(source, folds, shown, path, level + 2, rows);
  });
}

/** The items that are listed: failed, asking, waiting, running ones. The others are folded. */
function divide(
  source: RowSource,
  paths: readonly string[],
): readonly [listed: readonly string[], rest: readonly string[]] {
  const groups: [string[], string[], string[], string[]] = [[], [], [], []];
  const rest: string[] = [];
  for (const path of paths) {
    const step = source.get(path);
    if (step === undefined) continue;
    if (step.status === "failed" || step.status === "unknown") groups[0].push(path);
    else if (step.status === "waiting") groups[1].push(path);
    else if (step.status === "open") groups[step.kind === undefined ? 1 : 2].push(path);
    else if (step.status === "running") groups[3].push(path);
    else rest.push(path);
  }
  const listed = groups.flat();
  // A rest of one takes no less room than the item itself.
  return rest.length === 1 ? [[...listed, ...rest], []] : [listed, rest];
}

/** The steps that a filter lists, with everything around them. */
function matching(source: RowSource, filter: "open" | "failed"): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const paths of source.inner.values())
    for (const path of paths) {
      const step = source.get(path);
      if (step === undefined || !isListed(step, filter)) continue;
      let at: string | undefined = path;
      while (at !== undefined && !shown.has(at)) {
        shown.add(at);
        at = placeOf(at).owner;
      }
    }
  return shown;
}

function isListed(step: StepInfo, filter: "open" | "failed"): boolean {
  return filter === "failed" ? step.status === "failed" : isUnsettled(step);
}
