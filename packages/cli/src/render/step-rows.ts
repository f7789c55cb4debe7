import {
  placeOf,
  progressOf,
  type ShownStep,
  type StepTree,
  treeOf,
} from "@automatosx/workflow/run-view";

/** A step as a row of a table, below what it is in. */
export interface StepRow {
  readonly step: ShownStep;
  readonly depth: number;
  readonly label: string;
  /** How far what is inside the step has come: `7 of 10 items, 1 failed`. */
  readonly progress?: string;
  /** The heading above the row: `on.failure`. */
  readonly heading?: string;
}

/** The groups of handlers, in the order in which they run. */
const HANDLERS = [
  [":failure", "on.failure"],
  [":always", "on.always"],
] as const;

/**
 * The rows of the steps, at most `limit`, and how many steps have none. What is inside a step
 * follows it. If not everything fits, steps that did not complete come first, and so do unfinished
 * items and rounds in any case.
 */
export function stepRows(
  steps: readonly ShownStep[],
  limit: number,
): { readonly rows: readonly StepRow[]; readonly omittedCount: number } {
  const tree = treeOf(steps);
  const kept = steps.length <= limit ? undefined : keptPaths(steps, tree, limit);
  const rows: StepRow[] = [];
  const add = (owner: string | undefined): void => {
    for (const step of inOrder(tree.get(owner) ?? [], owner)) {
      if (kept?.has(step.id) === false) continue;
      const { depth, label } = placeOf(step.id);
      const progress = progressOf(step, tree);
      rows.push({ step, depth, label, ...(progress !== undefined && { progress }) });
      add(step.id);
    }
  };
  add(undefined);
  for (const [group, heading] of HANDLERS) {
    const first = rows.length;
    add(group);
    const row = rows[first];
    if (row !== undefined) rows[first] = { ...row, heading };
  }
  const isFlat = tree.size === 1;
  const shown = isFlat && kept !== undefined ? unfinishedFirst(rows, ({ step }) => step) : rows;
  return { rows: shown, omittedCount: steps.length - rows.length };
}

// Of items and rounds, which are alike, the unfinished ones matter most.
function inOrder(inner: readonly ShownStep[], owner: string | undefined): readonly ShownStep[] {
  const first = owner === undefined ? undefined : inner[0]?.id.charAt(owner.length);
  const areAlike = first === "[" || first === "#";
  return areAlike ? unfinishedFirst(inner, (step) => step) : inner;
}

function keptPaths(
  steps: readonly ShownStep[],
  tree: StepTree,
  limit: number,
): ReadonlySet<string> {
  const kept = new Set<string>();
  // A step is shown with everything around it.
  for (const step of unfinishedFirst(steps, (each) => each)) {
    const needed: string[] = [];
    for (
      let path: string | undefined = step.id;
      path !== undefined && !kept.has(path);
      path = placeOf(path).owner
    )
      needed.push(path);
    if (kept.size + needed.length > limit) {
      if (tree.size === 1) break;
      continue;
    }
    for (const path of needed) kept.add(path);
    if (kept.size === limit) break;
  }
  return kept;
}

/** The rows of steps that did not complete, then the others, each in their order. */
export function unfinishedFirst<Row>(
  rows: readonly Row[],
  stepOf: (row: Row) => ShownStep,
): readonly Row[] {
  const isUnfinished = (row: Row): boolean => stepOf(row).status !== "completed";
  return [...rows.filter(isUnfinished), ...rows.filter((row) => !isUnfinished(row))];
}
