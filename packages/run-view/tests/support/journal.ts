import type { JournalEntry, StepDefinition } from "@automatosx/schemas";
import type { RunOrigin } from "../../src/index.js";

type Step = Partial<StepDefinition> & { readonly id: string };

const DEFAULTS = {
  agentId: "worker",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};

/** A run of a workflow with these steps, created at instant 0. */
export function originOf(steps: readonly Step[]): RunOrigin {
  const defined = steps.map((step) => ({ ...DEFAULTS, name: step.id, ...step }));
  return {
    runId: "run",
    createdAt: 0,
    definition: { id: "sample", name: "sample", version: "1", steps: defined } as never,
    source: "name: sample",
    inputs: {},
    context: {},
  };
}

/** An entry without its position: `["step_completed", { result: 1 }, "a", 1]`. */
export type Fact = readonly [
  type: string,
  payload?: object,
  stepId?: string,
  attemptNumber?: number,
];

/** The entries that every run begins with, up to its first batch. */
export const PREPARATION: readonly Fact[] = [
  ["initiate_workflow", { workflowId: "sample", format: "yaml" }],
  ["workflow_parsed", { policy: {} }],
  ["workflow_valid"],
  ["graph_built"],
  ["steps_scheduled"],
];

/** The journal with these entries, one every 10 ms from instant 10. */
export function journalOf(...facts: readonly Fact[]): readonly JournalEntry[] {
  return facts.map(([type, payload = {}, stepId, attemptNumber], index) => ({
    runId: "run",
    seq: index + 1,
    type,
    at: (index + 1) * 10,
    payload: JSON.stringify(payload),
    ...(stepId !== undefined && { stepId }),
    ...(attemptNumber !== undefined && { attemptNumber }),
  }));
}

export const started = (...stepIds: readonly string[]): Fact => ["execute_step_batch", { stepIds }];

export const completed = (stepId: string, attemptNumber: number, result: unknown): Fact => [
  "step_completed",
  { result },
  stepId,
  attemptNumber,
];

export const failed = (
  stepId: string,
  attemptNumber: number,
  error: string,
  reason = "error",
): Fact => ["step_failed", { error, reason, chance: 0.5 }, stepId, attemptNumber];
