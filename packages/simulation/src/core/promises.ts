/** The promises that must hold in every world, keyed by the short name used to report a failure. */
export const promises = {
  recordedOnce: "a recorded step is never recorded again",
  outcomesStay:
    "a step that has an outcome is not started again, unless the run goes back to before the " +
    "outcome, or the step's failure ended the run",
  newestAttempt: "a recorded outcome belongs to the newest attempt",
  attemptOnce: "an attempt is passed to an agent only once, even across crashes",
  wanted: "no agent is called for a withdrawn attempt",
  join: "no step starts before its dependencies are satisfied",
  oneEnd: "a run has one terminal event, and nothing after it",
  sameResults:
    "a run produces the same results with and without crashes, pauses, checkpoints and late " +
    "answers",
  noLostWakeUp: "no step that may start waits while a slot is free",
  memoryIsFold:
    "the machine in memory equals the fold of the journal, and of a checkpoint plus the later " +
    "entries",
  metricsRecount: "metrics equal a recount of the journal",
  limits: "concurrency limits and the serial lane are never exceeded",
  retries:
    "a step is tried no more often than its retries allow, and a crash does not use up a retry",
  time: "time never goes backwards and no duration is negative",
  timers:
    "a step that waits for a retry has a timer that fires on time, even if the wall clock jumps",
  checkpointsDue: "a checkpoint is written if and only if a step or the policy requests one",
  checkpointsStay: "a checkpoint never changes once it is written",
  abortsReach: "cancel, failure and restore reach every attempt in flight",
  journalFirst: "nothing is acted upon or reported before it is in the journal",
  answersHeard:
    "answers of the newest attempt, and commands that are valid in the current state, are " +
    "accepted",
  pauseHolds:
    "nothing starts while a run is paused, and a checkpoint leaves the run in the state it was in",
  contentHolds:
    "a run that goes back keeps exactly the results whose request is the same, and starts nothing",
  gatesOnce:
    "the answer to a gate and a signal count once, for the newest attempt, and only where they fit",
  unknownStays: "a step of unknown outcome runs again only after an answer about it",
  budgetHolds: "what is settled, reserved and held is within the budget at every start",
  parkHolds: "nothing of a parked scope starts before its time, and no rate is exceeded",
  handlersOnce: "handlers run once, after the steps of the workflow",
  stopHolds: "no step of the workflow itself starts after a stop",
  sessionsHold: "an attempt continues the conversation that its source has left, or none",
  restsForAReason:
    "a run with nothing in flight has ended, has a timer, or is paused and names what it waits for",
  liveness: "once no more faults occur, the run ends",
} as const;

export type PromiseName = keyof typeof promises;

/** A promise that did not hold. The message describes what was observed. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
  readonly promise: PromiseName;

  constructor(promise: PromiseName, evidence: string) {
    super(evidence);
    this.promise = promise;
  }
}

/** Throws `BrokenPromise` unless `holds`. */
export function demand(
  holds: boolean,
  promise: PromiseName,
  evidence: () => string,
): asserts holds {
  if (!holds) throw new BrokenPromise(promise, evidence());
}
