import type { NoticeClaim, NoticePosition } from "./NoticeStorage.js";
import type { RunOwner } from "./run-owner.js";

/** A row of `workflow_notices`. */
export interface NoticeRow {
  /** The id of the run. */
  readonly run_id: string;
  /** Identifies the receiver: the sha-256 of its address, in hex. */
  readonly receiver: string;
  /** What people see of the receiver. */
  readonly name: string;
  /** The entry up to which all notices were delivered or given up. */
  readonly seq: number;
  /** How many notices of the next entry were delivered or given up. */
  readonly part: number;
  /** How many attempts at the next notice have failed. */
  readonly failures: number;
  /** How many notices were given up. */
  readonly given_up: number;
  /** When the next attempt is due, in ms since the epoch. */
  readonly due_at: number | null;
  /** Why the last attempt failed. */
  readonly error: string | null;
  /** The engine that delivers the notices, as JSON. */
  readonly holder: string | null;
  /** Until when the holder may deliver the notices, in ms since the epoch. */
  readonly held_until: number | null;
}

/** Returns what a row of `workflow_notices` says of the deliveries. */
export function noticePositionOf(row: NoticeRow): NoticePosition {
  const { seq, part, failures } = row;
  return {
    ...{ runId: row.run_id, receiver: row.receiver, name: row.name },
    ...{ seq, part, failures, givenUp: row.given_up },
    ...(row.due_at !== null && { dueAt: row.due_at }),
    ...(row.error !== null && { error: row.error }),
  };
}

/** Returns whether another living engine holds the notices of a run. */
export function isHeldByAnother(
  rows: readonly NoticeRow[],
  { owner, now, isDead }: Pick<NoticeClaim, "owner" | "now" | "isDead">,
): boolean {
  return rows.some(({ holder, held_until: until }) => {
    if (holder === null || (until ?? 0) < now) return false;
    const other = JSON.parse(holder) as RunOwner;
    return other.ownerId !== owner.ownerId && !isDead(other);
  });
}
