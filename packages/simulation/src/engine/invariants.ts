/** What every simulated world is held to; one line each, for people. */
export const engineInvariants: readonly string[] = [
  "what was acknowledged is in the journal, whatever crashed since, and nothing else is",
  "the journal of every run is whole and matches its hashes",
  "no agent is called before its attempt is on disk, nor twice for one attempt",
  "a step with a recorded result is not run again, and its result stays",
  "a result counts only for the newest attempt, and a step has no more attempts than its retries allow",
  "what was in flight when its process died is reclaimed before it is tried again",
  "steps wait for their dependencies and are given the recorded results of these",
  "no limit on what runs at once is exceeded",
  "a run ends once, and nothing is recorded after it",
  "a run ends as it would have without crashes",
  "what the engine says of a run is the fold of its journal, with checkpoints and without",
  "when a run is cancelled or dropped, every agent of it is told to stop",
  "nothing idles that could go on, and every run ends once nothing goes wrong any more",
];
