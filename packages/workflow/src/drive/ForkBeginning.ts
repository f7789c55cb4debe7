import type { CheckpointData, Effect, WorkflowEvent } from "../core/workflow-state-machine.js";
import type { StoredDefinition } from "../storage/StoragePort.js";

/** The change with which a fork begins: another definition, or other inputs. */
export interface ForkChange {
  readonly event: Extract<WorkflowEvent, { readonly type: "definition_changed" }>;
  readonly definition: StoredDefinition;
}

/**
 * How a run begins that is forked from another one: with the results of that run, then perhaps with
 * another definition. Both come before any step is started.
 */
export class ForkBeginning {
  readonly #data: CheckpointData;
  #change: ForkChange | undefined;

  constructor(data: CheckpointData, change: ForkChange | undefined) {
    this.#data = data;
    this.#change = change;
  }

  /** Answers the request to schedule the steps with the results of the other run. */
  answer(effect: Effect): WorkflowEvent | undefined {
    if (effect.type !== "schedule_batches") return undefined;
    return { type: "restore_checkpoint", checkpointData: this.#data };
  }

  /**
   * Returns the change, once: when the machine is about to leave the state in which it restores.
   */
  changeBefore(effect: Effect): ForkChange | undefined {
    if (effect.type !== "tell" || effect.event.type !== "checkpoint_restored") return undefined;
    const change = this.#change;
    this.#change = undefined;
    return change;
  }
}
