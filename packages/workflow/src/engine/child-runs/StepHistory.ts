import type { StoragePort } from "../../storage/StoragePort.js";
import { addFacts, type FactsOfSteps, NO_FACTS, type StepFacts } from "./step-facts.js";

/**
 * What the journal of a run says about its child runs. A child run serves the attempts of its step
 * until the step is completed, or reopened. The journal is read once, and then from where it was
 * left.
 */
export class StepHistory {
  readonly #storage: StoragePort;
  readonly #runId: string;
  readonly #steps: FactsOfSteps = new Map();
  #seq = 0;

  constructor(storage: StoragePort, runId: string) {
    this.#storage = storage;
    this.#runId = runId;
  }

  /** Returns the facts of a step as of now. */
  of(stepId: string): StepFacts {
    for (const entry of this.#storage.readJournal(this.#runId, this.#seq)) {
      this.#seq = entry.seq;
      addFacts(this.#steps, entry);
    }
    return this.#steps.get(stepId) ?? NO_FACTS;
  }
}
