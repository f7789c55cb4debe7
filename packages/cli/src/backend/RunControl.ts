import type {
  CommandOutcome,
  PreparedWorkflow,
  RunRef,
  StartOptions,
  WorkflowEngine,
} from "@automatosx/workflow";

/** What a command may ask of a run that other processes perform. `WorkflowEngine` has all of it. */
export type RunControl = Pick<
  WorkflowEngine,
  | "pause"
  | "cancel"
  | "checkpoint"
  | "answer"
  | "signal"
  | "raiseBudget"
  | "editResult"
  | "reopen"
  | "amend"
  | "preview"
  | "fork"
  | "storage"
>;

/** Runs that workers perform, and what must be closed after their use. */
export interface RemoteRuns extends AsyncDisposable {
  readonly control: RunControl;
  /** Begins a run, or joins the run of this id; a worker performs it. */
  begin(workflow: PreparedWorkflow, options: StartOptions): Promise<RunRef>;
  /** Lets a worker continue a run. */
  letContinue(runId: string): Promise<CommandOutcome>;
}
