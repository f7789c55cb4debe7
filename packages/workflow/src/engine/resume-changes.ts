import type { BudgetLimits } from "../backend/run-command.js";

/** What changes before a run is resumed. */
export interface ResumeChanges {
  /** New limits. An absent limit stays as it is. */
  readonly budget?: BudgetLimits;
  /** Whether the run continues after an attempt whose cost is not known. */
  readonly unmetered?: BudgetLimits["unmetered"];
  /** Who changes it. */
  readonly by?: string;
}

/** Returns the limits that a resume changes; undefined if it changes none. */
export function changedLimits({ budget, unmetered }: ResumeChanges): BudgetLimits | undefined {
  if (budget === undefined && unmetered === undefined) return undefined;
  return { ...budget, ...(unmetered !== undefined && { unmetered }) };
}
