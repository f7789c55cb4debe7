import { judgeCrowded, type Row } from "./row.ts";
import { type RowId, TITLES } from "./titles.ts";

/** Rows that are measured together. */
export interface Group {
  readonly id: string;
  /** The ids of the rows that `measure` returns, in order. */
  readonly rows: readonly RowId[];
  /** True for a group that takes minutes and is measured only with `--full`. */
  readonly isLong?: true;
  /** True for a group that needs servers and is measured only with `--backends`. */
  readonly isBackend?: true;
  /**
   * Measures the rows and stores their files in `folder`. A group's code is loaded on first use, so
   * that a group can run even if another group imports a name that the measured version lacks.
   */
  readonly measure: (folder: string) => Promise<readonly Row[]>;
}

/** All groups, in table order. */
export const GROUPS: readonly Group[] = [
  {
    id: "plan",
    rows: ["plan-start", "plan-step", "plan-checkpoint", "plan-write", "plan-parallel"],
    measure: async (folder) => (await import("./rows/plan.ts")).planRows(folder),
  },
  {
    id: "chain-full",
    rows: ["chain-full"],
    measure: async (folder) => [await (await import("./rows/rates.ts")).chainRow("full", folder)],
  },
  {
    id: "chain-process",
    rows: ["chain-process"],
    measure: async (folder) => [
      await (await import("./rows/rates.ts")).chainRow("process", folder),
    ],
  },
  {
    id: "fan",
    rows: ["fan-1000", "fan-10000", "fan-growth"],
    measure: async (folder) => (await import("./rows/rates.ts")).fanRows(folder),
  },
  {
    id: "items",
    rows: ["items-1000", "items-10000", "items-growth"],
    measure: async (folder) => (await import("./rows/items.ts")).itemRows(folder),
  },
  {
    id: "gates",
    rows: ["gates-open", "gates-list", "gates-answer"],
    measure: async (folder) => (await import("./rows/gates.ts")).gateRows(folder),
  },
  {
    id: "runs-process",
    rows: ["runs-process"],
    measure: async (folder) => [
      await (await import("./rows/rates.ts")).manyRunsRow("process", folder),
    ],
  },
  {
    id: "runs-full",
    rows: ["runs-full"],
    measure: async (folder) => [
      await (await import("./rows/rates.ts")).manyRunsRow("full", folder),
    ],
  },
  {
    id: "sleeps",
    rows: ["parallel-100", "layers"],
    measure: async (folder) => (await import("./rows/sleeps.ts")).sleepRows(folder),
  },
  {
    id: "start-10",
    rows: ["start-10"],
    measure: async (folder) => [await (await import("./rows/start.ts")).startRow(10, folder)],
  },
  {
    id: "start-1000",
    rows: ["start-1000"],
    measure: async (folder) => [await (await import("./rows/start.ts")).startRow(1000, folder)],
  },
  {
    id: "start-expressions",
    rows: ["start-expressions"],
    measure: async (folder) => [
      await (await import("./rows/start.ts")).startWithExpressionsRow(folder),
    ],
  },
  {
    id: "checkpoint",
    rows: ["checkpoint", "checkpoint-growth"],
    measure: async (folder) => (await import("./rows/checkpoints.ts")).checkpointRows(folder),
  },
  {
    id: "resume",
    rows: ["resume"],
    measure: async (folder) => (await import("./rows/resume.ts")).resumeRows(folder),
  },
  {
    id: "size",
    rows: ["size-folded", "size-with-log"],
    measure: async (folder) => (await import("./rows/sizes.ts")).sizeRows(folder),
  },
  {
    id: "memory",
    rows: ["memory"],
    measure: async (folder) => (await import("./rows/processes.ts")).memoryRows(folder),
  },
  {
    id: "commands",
    rows: ["version", "show", "run-1000", "cold-start"],
    measure: async (folder) => (await import("./rows/processes.ts")).processRows(folder),
  },
  {
    id: "transition",
    rows: [
      "transition",
      "transition-growth",
      "budget-transition",
      "budget-transition-ratio",
      "item-transition",
      "item-transition-ratio",
    ],
    measure: async () => (await import("./rows/transitions.ts")).transitionRows(),
  },
  {
    id: "amendments",
    rows: ["amend", "amend-preview"],
    measure: async () => (await import("./rows/amendments.ts")).amendmentRows(),
  },
  {
    id: "page",
    rows: ["page-script", "page-style", "page-paint", "page-frames", "page-usable", "page-list"],
    measure: async (folder) => (await import("./rows/page.ts")).pageRows(folder),
  },
  {
    id: "expressions",
    rows: ["condition", "expression-read"],
    measure: async () => (await import("./rows/expressions.ts")).expressionRows(),
  },
  {
    id: "graphs",
    rows: ["graphs-bounds", "graphs-mean", "graphs-worst"],
    measure: async () => (await import("./rows/real-graphs.ts")).realGraphRows(),
  },
  {
    id: "huge-independent",
    rows: ["huge-independent", "huge-independent-growth", "huge-independent-memory"],
    isLong: true,
    measure: async (folder) => (await import("./rows/huge.ts")).hugeRows("independent", folder),
  },
  {
    id: "huge-chain",
    rows: ["huge-chain", "huge-chain-growth", "huge-chain-memory"],
    isLong: true,
    measure: async (folder) => (await import("./rows/huge.ts")).hugeRows("chain", folder),
  },
  {
    id: "postgres",
    rows: ["postgres-chain", "postgres-fan-1000", "postgres-takeover", "postgres-two-engines"],
    isBackend: true,
    measure: async () => (await import("./backends/postgres-rows.ts")).postgresRows(),
  },
  {
    id: "restate",
    rows: ["restate-chain", "restate-20x50", "restate-100x5", "restate-fan-100", "restate-growth"],
    isBackend: true,
    measure: async (folder) => (await import("./backends/restate-rows.ts")).restateRows(folder),
  },
];

/** The groups that compare the engine with the servers under it. */
export const BACKENDS: readonly Group[] = GROUPS.filter(({ isBackend }) => isBackend === true);

/** The groups that need no server. */
export const LOCAL: readonly Group[] = GROUPS.filter(({ isBackend }) => isBackend !== true);

/** The groups that together take about a minute and a half. */
export const SHORT: readonly Group[] = LOCAL.filter(({ isLong }) => isLong !== true);

/** The rows whose id or title matches the pattern, and all rows of a group whose id matches. */
export function rowsMatching(pattern: RegExp): ReadonlySet<RowId> {
  const found = GROUPS.flatMap(({ id, rows }) =>
    pattern.test(id) ? rows : rows.filter((row) => pattern.test(row) || pattern.test(TITLES[row])),
  );
  return new Set(found);
}

const SPIN_MS = 100;

/** A group that has been measured. */
export interface GroupEnd {
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** How many times longer work takes than on a dedicated processor. */
  readonly crowding: number;
}

/** Measures the groups in order, and the load on the machine before and after each group. */
export async function measureRows(
  groups: readonly Group[],
  folder: string,
  report: (end: GroupEnd) => void,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  let before = measureCrowding();
  for (const group of groups) {
    const startedAt = performance.now();
    const measured = await group.measure(folder);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = measureCrowding();
    const crowding = Math.max(before, after);
    before = after;
    const rows = measured.map((row) => judgeCrowded(row, crowding));
    report({ rows, seconds, crowding });
    all.push(...rows);
  }
  return all;
}

// This work never waits, so any time in which it did not run was used by other programs.
function measureCrowding(): number {
  const startedAt = performance.now();
  const before = process.threadCpuUsage();
  while (performance.now() - startedAt < SPIN_MS);
  const { user, system } = process.threadCpuUsage(before);
  return Math.max(1, (SPIN_MS * 1000) / (user + system));
}
