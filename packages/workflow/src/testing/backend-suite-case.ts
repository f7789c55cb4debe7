import type { Trial } from "./backend-suite-trial.js";

/** One guarantee of a backend. `run` throws if the backend breaks it. */
export interface BackendCase {
  /** Numbers are permanent; the list of all cases has gaps where one is not written yet. */
  readonly number: number;
  /** The promise that the case checks, as a sentence. */
  readonly name: string;
  /** What a backend does, as a clause without its subject. */
  readonly promise: string;
  /** What the harness must support. The case does not apply if the harness does not support it. */
  readonly needs?: Need;
  /** Performs the case; rejects if the promise is broken. */
  run(trial: Trial): Promise<void>;
}

export type Need = "kill decider";
