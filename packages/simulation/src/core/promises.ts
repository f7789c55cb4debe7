/** What must hold in every world, by the short name under which a failure is reported. */
export const promises = {
  recordedOnce: "a recorded step is never recorded again",
  newestAttempt: "a recorded outcome carries the newest attempt",
  attemptOnce: "an attempt is given to an agent once, even across crashes",
  wanted: "no agent is called for an attempt that was withdrawn",
  join: "no step starts before its dependencies are satisfied",
  oneEnd: "a run has one terminal event, and nothing after it",
  sameResults:
    "a run gives the same results with and without crashes, pauses, checkpoints and late answers",
  noLostWakeUp: "no step that may start waits while a slot is free",
  memoryIsFold:
    "the machine in memory equals the fold of the journal, and the checkpoint plus the rest of it",
  metricsRecount: "metrics equal a recount of the journal",
  limits: "concurrency limits and the serial lane are never exceeded",
  retries: "a step is tried no more often than its retries allow, and a crash uses up no retry",
  time: "instants never go back and no duration is negative",
  timers:
    "a step that waits for a retry has a timer that fires on time, even if the wall clock jumps",
  checkpointsDue: "a checkpoint is written when a step or the policy asks for one, and only then",
  checkpointsStay: "a checkpoint never changes once it is written",
  abortsReach: "cancel, failure and restore reach every attempt in flight",
  journalFirst: "nothing is acted upon or reported before it is in the journal",
  answersHeard: "an answer of the newest attempt, and a command that fits the state, is accepted",
  pauseHolds:
    "nothing starts while a run is paused, and a checkpoint returns to the state it came from",
  liveness: "once no more faults come, the run ends",
} as const;

export type PromiseName = keyof typeof promises;

/** A promise that did not hold. The message says what was observed. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
  readonly promise: PromiseName;

  constructor(promise: PromiseName, evidence: string) {
    super(evidence);
    this.promise = promise;
  }
}

/** Throws `BrokenPromise` unless `holds`. */
export function demand(holds: boolean, promise: PromiseName, evidence: () => string): void {
  if (!holds) throw new BrokenPromise(promise, evidence());
}
