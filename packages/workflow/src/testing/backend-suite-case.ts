import type { Trial } from "./backend-suite-trial.js";

/** One promise of a backend. `run` throws where it is broken. */
export interface BackendCase {
  /** Numbers are permanent; the list of all cases has gaps where one is not written yet. */
  readonly number: number;
  readonly name: string;
  /** What a backend does, as a clause without its subject. */
  readonly promise: string;
  /** What the harness must offer. A case whose need is not met does not apply. */
  readonly needs?: Need;
  run(trial: Trial): Promise<void>;
}

export type Need = "kill decider";
