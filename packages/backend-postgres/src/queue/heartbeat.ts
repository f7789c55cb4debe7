/**
 * How long a worker may be silent before its attempts are lost, in ms, unless a queue sets another
 * length. Programs need up to 20 s to stop and a heartbeat is up to 5 s old when the server
 * vanishes, so the server may be away for 15 s, and has 5 s to answer again.
 */
export const DEFAULT_HEARTBEAT_MS = 45_000;

/** The shortest heartbeat, in ms: pg-boss accepts no shorter one. */
export const MIN_HEARTBEAT_MS = 10_000;

/** The longest time between two heartbeats, in ms. */
const MAX_BEAT_MS = 5000;

/** How many heartbeats are sent at least in the time that a worker may be silent. */
const BEATS = 4;

/**
 * How long a heartbeat may be without an answer before another is sent beside it, in ms. An answer
 * that the network has lost would otherwise be awaited for most of the time that is left.
 */
export const BEAT_AGAIN_MS = 3000;

/** How often a worker that may be silent for so long sends its heartbeats, in ms. */
export function beatMsOf(heartbeatMs: number): number {
  return Math.min(heartbeatMs / BEATS, MAX_BEAT_MS);
}
