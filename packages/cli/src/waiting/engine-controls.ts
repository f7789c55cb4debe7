import type { RunHandle, WorkflowEngine } from "@automatosx/workflow";

/** How an engine resumes a run with a higher budget. */
export interface EngineControls {
  resume(id: string, options: object): Promise<RunHandle>;
}

export function controlsOf(engine: WorkflowEngine): EngineControls {
  return engine as unknown as EngineControls;
}
