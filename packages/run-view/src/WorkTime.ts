import type { JournalEntry } from "@automatosx/schemas";
import { payloadOf } from "./decode-event.js";

/** Time divided into work and waiting, in ms. */
export interface TimeSpent {
  /** While at least one attempt was running. */
  readonly workedMs: number;
  /**
   * The rest: the run was paused, had failed, waited for a retry, or had no process to work on it.
   */
  readonly waitedMs: number;
}

/** The `error` of an attempt whose engine died, or was closed, before its outcome was recorded. */
export const ENGINE_GONE = "the engine that ran it is gone";

/** The entries after which no attempt is running any more. */
const STOPS_ALL = new Set([
  "restore_checkpoint",
  "cancel_workflow",
  "workflow_failed",
  "complete_workflow",
]);

/** The entries that a process can write without working on the run. */
const COMMANDS = new Set([
  "pause_workflow",
  "resume_workflow",
  "create_checkpoint",
  "checkpoint_created",
]);

/**
 * Divides the time of a run into work and waiting, from its journal entries alone.
 *
 * The journal does not contain the death of an engine. The next engine records that the attempts in
 * flight are lost: then the time since the last entry of the dead engine was no work. Commands do
 * not count as such an entry, because another process may have written them in the meantime.
 */
export class WorkTime {
  readonly #createdAt: number;
  readonly #running = new Set<string>();
  #workedMs = 0;
  #seq = 0;
  /** The time up to here has been divided. */
  #dividedAt: number;
  #endedAt: number;

  constructor(createdAt: number) {
    this.#createdAt = createdAt;
    this.#dividedAt = createdAt;
    this.#endedAt = createdAt;
  }

  /** Returns the same division of time, which is then independent of this one. */
  copy(): WorkTime {
    const copy = new WorkTime(this.#createdAt);
    for (const id of this.#running) copy.#running.add(id);
    copy.#workedMs = this.#workedMs;
    copy.#seq = this.#seq;
    copy.#dividedAt = this.#dividedAt;
    copy.#endedAt = this.#endedAt;
    return copy;
  }

  /**
   * Adds the next entry of the journal. An entry that was added before changes nothing.
   *
   * @throws JournalError `unreadable`
   */
  add(entry: JournalEntry): void {
    const { type, at, seq } = entry;
    if (seq <= this.#seq) return;
    this.#seq = seq;
    // The clock of another machine may be behind.
    this.#endedAt = Math.max(this.#endedAt, at);
    if (COMMANDS.has(type)) return;
    if (this.#running.size > 0 && !isLost(entry))
      this.#workedMs += Math.max(0, at - this.#dividedAt);
    this.#dividedAt = Math.max(this.#dividedAt, at);
    if (type === "execute_step_batch") for (const id of startedBy(entry)) this.#running.add(id);
    else if (entry.stepId !== undefined) this.#running.delete(entry.stepId);
    else if (STOPS_ALL.has(type)) this.#running.clear();
    for (const id of endedBy(entry)) this.#running.delete(id);
  }

  /**
   * The time from the start of the run to the last entry, or to `now` for a run that a process is
   * working on. Without `now`, the attempts that are still running count up to their last entry.
   */
  spent(now?: number): TimeSpent {
    const end = Math.max(this.#endedAt, now ?? 0);
    const isWorking = now !== undefined && this.#running.size > 0;
    const workedMs = this.#workedMs + (isWorking ? end - this.#dividedAt : 0);
    return { workedMs, waitedMs: Math.max(0, end - this.#createdAt - workedMs) };
  }
}

function isLost(entry: JournalEntry): boolean {
  return entry.type === "step_failed" && payloadOf(entry)["error"] === ENGINE_GONE;
}

function startedBy(entry: JournalEntry): readonly string[] {
  const { stepIds } = payloadOf(entry);
  return Array.isArray(stepIds) ? (stepIds as string[]) : [];
}

const ENDED = ["cancelled", "failed", "unknown", "stale", "dropped"] as const;

// A stop, a total timeout, a cancellation or a changed request ends attempts of steps that
// no entry names otherwise.
function endedBy(entry: JournalEntry): readonly string[] {
  if (!ENDED.some((name) => entry.payload.includes(`"${name}":`))) return [];
  const payload = payloadOf(entry);
  return ENDED.flatMap((name) => {
    const paths = payload[name];
    return Array.isArray(paths) ? (paths as string[]) : [];
  });
}
