import type { RunHandle, WorkflowEngine } from "@automatosx/workflow";

interface Telling {
  readonly resume: boolean;
}

/** How an engine is told what a run waits for. */
export interface EngineControls {
  answer(runId: string, stepId: string, answer: object, options: Telling): Promise<void>;
  resume(id: string, options: object): Promise<RunHandle>;
  signal(runId: string, name: string, signal: object, options: Telling): Promise<void>;
}

export function controlsOf(engine: WorkflowEngine): EngineControls {
  return engine as unknown as EngineControls;
}
