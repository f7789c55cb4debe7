import type { OpenQuestion, StoredRun } from "@automatosx/workflow/observe";
import type { BudgetReport, RunView } from "@automatosx/workflow/run-view";

/** Something that a run waits for: what the core asks, or more budget. */
export type Question =
  | OpenQuestion
  | {
      readonly kind: "budget";
      readonly runId: string;
      readonly workflowId: string;
      readonly budget: BudgetReport;
    };

/** A run with what it waits for. */
export interface AskingRun {
  readonly run: StoredRun;
  readonly view: RunView;
  readonly questions: readonly Question[];
}
