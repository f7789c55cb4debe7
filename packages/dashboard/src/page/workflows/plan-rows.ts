import { placeOf } from "@automatosx/run-view";
import type { Plan } from "../../api/workflow.schema.js";

type PlannedStep = Plan["steps"][number];

/** A row of a plan: a step, or the items and rounds of one step that have the same verdict. */
export interface PlanRow {
  /** The path without items and rounds. */
  readonly step: string;
  readonly verdict: PlannedStep["verdict"];
  readonly why: string;
  /** How many occurrences of the step the row stands for, and how many there are. */
  readonly count: number;
  readonly total: number;
  /** What they cost together; absent if a cost is not known. */
  readonly usd?: number;
  /** The paths that the row stands for. */
  readonly paths: readonly string[];
}

/** Puts the items and the rounds of a step into one row for each verdict and reason. */
export function planRows(steps: readonly PlannedStep[]): readonly PlanRow[] {
  const totals = Map.groupBy(steps, ({ step }) => withoutItems(step));
  const rows = Map.groupBy(steps, ({ step, verdict, why }) =>
    [withoutItems(step), verdict, why].join("\n"),
  );
  return [...rows.values()].flatMap((group): PlanRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const step = withoutItems(first.step);
    const amounts = group.flatMap(({ usd }) => usd ?? []);
    const isKnown = amounts.length === group.length;
    return [
      {
        step: group.length === 1 && totals.get(step)?.length === 1 ? first.step : step,
        verdict: first.verdict,
        why: first.why,
        count: group.length,
        total: totals.get(step)?.length ?? group.length,
        ...(isKnown && { usd: amounts.reduce((sum, each) => sum + each, 0) }),
        paths: group.map((each) => each.step),
      },
    ];
  });
}

/** `build[auth].fix#2.test` is `build.fix.test`. */
function withoutItems(path: string): string {
  const { owner } = placeOf(path);
  if (owner === undefined) return path;
  const rest = path.slice(owner.length);
  return withoutItems(owner) + (/^[[#]/.test(rest) ? "" : rest);
}
