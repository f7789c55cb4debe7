import type { NoticeClaim, NoticePosition } from "./NoticeStorage.js";
import type { RunOwner } from "./run-owner.js";

/** A row of `workflow_notices`. */
export interface NoticeRow {
  readonly run_id: string;
  readonly receiver: string;
  readonly name: string;
  readonly seq: number;
  readonly part: number;
  readonly failures: number;
  readonly given_up: number;
  readonly due_at: number | null;
  readonly error: string | null;
  /** The engine that delivers the notices, as JSON. */
  readonly holder: string | null;
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
