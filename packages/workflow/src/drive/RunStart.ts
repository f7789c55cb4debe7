import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import type { RunPolicy } from "../core/workflow-state-machine.js";

/** The data that a run starts with and that its journal does not repeat. Plain data. */
export interface RunStart {
  readonly runId: string;
  readonly createdAt: number;
  readonly definition: WorkflowDefinition;
  /** The graph of the definition, if the caller has it; otherwise it is built from the steps. */
  readonly graph?: DependencyGraph;
  /** The workflow as its author wrote it. */
  readonly source: string;
  readonly format: "yaml" | "json";
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  /** The folder in which the run was started, if it is known. */
  readonly directory?: string;
  /** The span in which the run was started, as a W3C `traceparent`, if it is known. */
  readonly traceparent?: string;
  /**
   * Recorded in the journal when the run begins; a fold that continues a run reads it from there.
   */
  readonly policy: RunPolicy;
}
