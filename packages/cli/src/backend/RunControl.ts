import type {
  CommandOutcome,
  PreparedWorkflow,
  RunCommand,
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
  /** Sends a command to a run. `resume` lets a worker continue it. */
  send(runId: string, command: RunCommand): Promise<CommandOutcome>;
  /** Restores a checkpoint and continues its run. Absent if the workers cannot. */
  restore?(runId: string, checkpointId: string): Promise<CommandOutcome>;
}
