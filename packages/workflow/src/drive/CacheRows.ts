import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { usesCache } from "../every-step.js";

/** A result that other runs may take: the key of its request, and its journal entry. */
export interface CacheRow {
  readonly key: string;
  readonly seq: number;
}

/** An accepted event, and its journal entry. */
interface Accepted {
  readonly event: WorkflowEvent;
  readonly seq: number;
  readonly before: WorkflowMachine;
  readonly after: WorkflowMachine;
}

/** Finds the results of a run that other runs may take. */
export class CacheRows {
  /** The entries with the answers that are being checked, by step. Lost with the engine. */
  readonly #answers = new Map<string, number>();

  /** Returns the row for the result that an event has completed a step with, if there is one. */
  rowFor(
    { event, seq, before, after }: Accepted,
    definition: WorkflowDefinition,
  ): CacheRow | undefined {
    if (event.type !== "step_completed" && event.type !== "step_answered") return undefined;
    if (!usesCache(definition)) return undefined;
    const stepId = event.stepId.replace(/:check-\d+$/, "");
    const step = RunQueries.step(after, stepId);
    if (step?.cache === undefined) return undefined;
    if (event.type === "step_answered" && event.stepId === stepId) this.#answers.set(stepId, seq);
    if (step.status !== "completed" || step.detail?.reused !== undefined) return undefined;
    const recorded = event.stepId === stepId ? seq : this.#answers.get(stepId);
    const key = RunQueries.requestKey(before, stepId);
    return key === undefined || recorded === undefined ? undefined : { key, seq: recorded };
  }
}
