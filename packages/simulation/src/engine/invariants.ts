/** The invariants checked in every simulated world: one human-readable line each. */
export const engineInvariants: readonly string[] = [
  "the journal contains everything that was acknowledged, despite crashes, and nothing else",
  "the journal of every run is complete and matches its hashes",
  "no agent is called before its attempt is on disk, or twice for one attempt",
  "a step with a recorded result does not run again, and its result does not change",
  "only the newest attempt can record a result, and a step has no more attempts than its " +
    "retries allow",
  "an attempt whose process died is reclaimed before the step is retried",
  "steps wait for their dependencies and receive the recorded results",
  "no concurrency limit is exceeded",
  "a run ends once, and nothing is recorded after its end",
  "a run ends as it would have ended without crashes",
  "what the engine reports about a run is the fold of its journal, with and without checkpoints",
  "when a run is cancelled or dropped, each of its agents is aborted",
  "no run that could continue is idle, and every run ends once no more faults occur",
];
