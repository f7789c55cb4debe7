import type { PreparedWorkflow, RunSummary, WorkflowEngine } from "@automatosx/workflow";
import type { StartedFrom } from "@automatosx/workflow/observe";

/** What becomes of a step if the run goes back: see `WorkflowEngine.preview`. */
export interface StepPreview {
  readonly stepId: string;
  readonly verdict: "kept" | "stale" | "new" | "dropped" | "again";
  readonly changed: readonly string[];
}

type Inputs = { readonly inputs?: Readonly<Record<string, unknown>> };
type By = { readonly by?: string };

/** The methods with which a run goes back. */
export interface RerunEngine {
  editResult(
    runId: string,
    stepId: string,
    result: unknown,
    options?: By & { readonly attemptNumber?: number; readonly note?: string },
  ): Promise<unknown>;
  reopen(
    runId: string,
    stepIds: readonly string[],
    options?: By & { readonly downstream?: boolean },
  ): Promise<unknown>;
  amend(runId: string, source: PreparedWorkflow, options?: By & Inputs): Promise<unknown>;
  preview(
    runId: string,
    what:
      | PreparedWorkflow
      | { readonly edit: { readonly stepId: string; readonly result: unknown } }
      | { readonly reopen: { readonly stepIds: readonly string[]; readonly downstream?: boolean } },
    options?: Inputs,
  ): Promise<readonly StepPreview[]>;
  fork(
    runId: string,
    options?: Inputs & {
      readonly checkpoint?: string;
      readonly source?: PreparedWorkflow;
      readonly runId?: string;
      readonly startedFrom?: StartedFrom;
    },
  ): Promise<RunSummary>;
}

/** The engine with these methods. */
export function rerunEngine(engine: WorkflowEngine): RerunEngine {
  return engine as unknown as RerunEngine;
}
