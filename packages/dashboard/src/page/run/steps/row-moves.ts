import type { StepRow } from "./step-rows.js";

/** What a key does in the list of steps. */
export type RowMove =
  | { readonly does: "go"; readonly to: number }
  | { readonly does: "fold" | "unfold"; readonly key: string };

/** A way to move: by rows, along the tree, or to the ends. */
export type RowKey = "up" | "down" | "left" | "right" | "first" | "last" | "page-up" | "page-down";

/**
 * Returns what a key does at a row: `left` folds, or goes to the row around it; `right` unfolds, or
 * goes to the first row inside. Undefined if it does nothing.
 */
export function rowMove(
  rows: readonly StepRow[],
  from: number,
  key: RowKey,
  pageSize: number,
): RowMove | undefined {
  const row = rows[from];
  if (row === undefined) return rows.length === 0 ? undefined : { does: "go", to: 0 };
  switch (key) {
    case "up":
      return go(from - 1, from, rows);
    case "down":
      return go(from + 1, from, rows);
    case "page-up":
      return go(from - pageSize, from, rows);
    case "page-down":
      return go(from + pageSize, from, rows);
    case "first":
      return go(0, from, rows);
    case "last":
      return go(rows.length - 1, from, rows);
    case "left": {
      if (row.isOpen === true) return { does: "fold", key: row.key };
      const around = rows.findLastIndex(({ level }, index) => index < from && level < row.level);
      return around < 0 ? undefined : { does: "go", to: around };
    }
    case "right": {
      if (row.isOpen === false) return { does: "unfold", key: row.key };
      return row.isOpen === true ? go(from + 1, from, rows) : undefined;
    }
  }
}

function go(to: number, from: number, rows: readonly StepRow[]): RowMove | undefined {
  const within = Math.max(0, Math.min(rows.length - 1, to));
  return within === from ? undefined : { does: "go", to: within };
}

/** The key of the next row of a kind after `from`, from the first one again behind the last. */
export function nextPath(
  paths: readonly string[],
  from: string | undefined,
  isWanted: (path: string) => boolean,
): string | undefined {
  const start = from === undefined ? -1 : paths.indexOf(from);
  for (let offset = 1; offset <= paths.length; offset += 1) {
    const path = paths[(start + offset + paths.length) % paths.length];
    if (path !== undefined && isWanted(path)) return path;
  }
  return undefined;
}
