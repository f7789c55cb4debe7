/** How much may still go wrong. Once the budget is spent, the run must end. */
export interface Budget {
  crashes: number;
  /** Failures beyond those in the plan's scripts. */
  faults: number;
  /** Late and repeated answers of old attempts. */
  strays: number;
  /** Batch starts and ends that the machine did not request. */
  requests: number;
  /** Pauses, cancels, checkpoints and restores. Resuming a paused run costs nothing. */
  commands: number;
  /** Time that passes without effect, and wall-clock jumps. */
  jumps: number;
}

export const noBudget: Budget = {
  crashes: 0,
  faults: 0,
  strays: 0,
  requests: 0,
  commands: 0,
  jumps: 0,
};
