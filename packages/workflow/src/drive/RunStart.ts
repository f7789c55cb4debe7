import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import type { RunPolicy } from "../core/workflow-state-machine.js";

/** What a run starts with: all that its journal does not repeat. Plain data. */
export interface RunStart {
  readonly runId: string;
  readonly createdAt: number;
  readonly definition: WorkflowDefinition;
  /** The graph of the definition, if it is at hand; it is built from the steps otherwise. */
  readonly graph?: DependencyGraph;
  /** The workflow as its author wrote it. */
  readonly source: string;
  readonly format: "yaml" | "json";
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  /** Pinned in the journal when the run begins; a fold that continues a run takes it from there. */
  readonly policy: RunPolicy;
}
