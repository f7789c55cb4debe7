import type { Refusal, WorkflowEvent, WorkflowMachine } from "./workflow-state-machine.js";
import { RunQueries } from "./workflow-state-machine.js";

/** What would become of a step if an event that goes back were accepted. */
export interface StepPreview {
  /** The path of the step. */
  readonly stepId: string;
  /**
   * - `kept`: its result, its attempt or its question stays.
   * - `stale`: it runs again, or waits for steps before it that run again.
   * - `new`: it did not exist before.
   * - `dropped`: it exists no more.
   * - `again`: it had no result to keep, and runs as it would have.
   */
  readonly verdict: "kept" | "stale" | "new" | "dropped" | "again";
  /** What differs from the request that its result answered: `task`, `steps.NAME`. */
  readonly changed: readonly string[];
}

/** The preview, or why the event would be refused. */
export type PreviewOutcome =
  | { readonly ok: true; readonly steps: readonly StepPreview[] }
  | { readonly ok: false; readonly reason: Refusal };

type Query = {
  preview?(machine: WorkflowMachine, event: WorkflowEvent, at: number): unknown;
};

/** Returns what would become of each step if the machine were told the event. */
export function previewOf(
  machine: WorkflowMachine,
  event: WorkflowEvent,
  at: number,
): PreviewOutcome {
  const found = (RunQueries as Query).preview?.(machine, event, at);
  const result = found as
    | { readonly TAG: "Ok"; readonly _0: readonly StepPreview[] }
    | { readonly TAG: "Error"; readonly _0: Refusal }
    | undefined;
  if (result?.TAG === "Ok") return { ok: true, steps: result._0 };
  return { ok: false, reason: result?._0 ?? "wrong_state" };
}
