/** The maximum number of steps in a definition read from text. Inner steps count. */
export const MAX_STEPS = 10_000;
/** The maximum number of steps in a definition that a program passes as data. */
export const HARD_MAX_STEPS = 100_000;
/** The maximum number of attempts beyond the first. */
export const MAX_RETRIES = 100;
/** The maximum number of rounds of a loop. */
export const MAX_ROUNDS = 100;
/** How often a step is asked again at most, and if it does not say. */
export const MAX_REASKS = 3;
/** The maximum number of items of a fan-out if `limits.fanOut` does not say. */
export const DEFAULT_FAN_OUT = 1000;
/** The maximum number of items of a fan-out that may be begun at once. */
export const MAX_FAN_OUT = 10_000;
/** The maximum number of agents that a choice may have. */
export const MAX_CHOICES = 100;
/** The maximum number of files that a step may declare. */
export const MAX_FILES = 100;
/** How deep workflows may be inside each other by `include` and `workflow`. */
export const MAX_WORKFLOW_DEPTH = 8;
/** The maximum number of exit codes that complete a program. */
export const MAX_EXIT_CODES = 256;
/**
 * The time limit of one attempt when neither the step nor `defaults` sets one: 30 minutes, in ms.
 */
export const DEFAULT_STEP_TIMEOUT_MS = 1_800_000;
/** The version of a definition that does not specify one. */
export const DEFAULT_VERSION = "1.0.0";
/** The name of an item in expressions when the step does not give one. */
export const DEFAULT_ITEM_NAME = "item";
/** The program that is given the path of a script when the step does not name one. */
export const DEFAULT_SHELL: readonly string[] = ["sh", "-eu"];
/**
 * The values for delays that a step does not set. A step that sets none of them has no `retry` at
 * all.
 */
export const DEFAULT_RETRY = {
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: "full",
} as const;

/**
 * What stands in the place of an agent's id for a step that has no single agent: a group, a
 * program, and an agent that is chosen when the step is entered.
 */
export const STEP_KINDS = [
  "@group",
  "@run",
  "@choice",
  "@gate",
  "@wait",
  "@stop",
  "@workflow",
] as const;
