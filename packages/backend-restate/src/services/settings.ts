import type { restate } from "./sdk.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The longest time limit of a step, in ms: what the server grants an attempt that says nothing. */
export const MAX_TIMEOUT_MS = 30 * DAY_MS;

/**
 * Without end. The server's default gives up after about an hour, and a run then waits for a person
 * to continue it. It has no number for "unlimited"; this one takes centuries.
 */
const retryPolicy = {
  initialInterval: 100,
  exponentiationFactor: 2,
  maxInterval: 5000,
  maxAttempts: 2_147_483_647,
  onMaxAttempts: "pause",
} as const;

/** An agent may say nothing for as long as its time limit lets it. */
export const AGENT_OPTIONS = {
  inactivityTimeout: MAX_TIMEOUT_MS,
  abortTimeout: DAY_MS,
  // A segment asks again for the attempts that it found in flight, perhaps after workers were away.
  idempotencyRetention: DAY_MS,
  // The result is enough for that, and the journal of an attempt has six entries.
  journalRetention: 0,
  ingressPrivate: true,
  retryPolicy,
} satisfies restate.ServiceOptions;

export const RUN_OPTIONS = {
  enableLazyState: true,
  // A segment that waits is suspended, and costs nothing.
  inactivityTimeout: MINUTE_MS,
  abortTimeout: 10 * MINUTE_MS,
  // As for agents: the attempts that wait for child runs are calls of the run itself.
  idempotencyRetention: DAY_MS,
  journalRetention: 0,
  retryPolicy,
} satisfies restate.ObjectOptions;

export const SHORT_OPTIONS = {
  journalRetention: 0,
  retryPolicy,
} satisfies restate.ServiceOptions;
