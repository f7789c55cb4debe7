import type { Notice } from "./Notice.js";

/** A notice that waits to be delivered, and its place among those of its receiver. */
export interface WaitingNotice {
  readonly notice: Notice;
  /** Its number among the notices that its receiver gets for the same entry, from 1. */
  readonly part: number;
}

/** A place in the sequence of the notices of a receiver. */
export interface OutboxPlace {
  readonly seq: number;
  readonly part: number;
}

/** Whether the notice at a place has not been delivered at a position: see `NoticePosition`. */
export function isAfter({ seq, part }: OutboxPlace, position: OutboxPlace): boolean {
  if (seq <= position.seq) return false;
  return seq > position.seq + 1 || part > position.part;
}

/**
 * Returns the position after a notice was delivered. `next` is the following notice, and `readTo`
 * the last entry that was read.
 */
export function positionAfter(
  done: WaitingNotice,
  next: WaitingNotice | undefined,
  readTo: number,
): OutboxPlace {
  const { seq } = done.notice;
  if (next === undefined) return { seq: readTo, part: 0 };
  return next.notice.seq === seq
    ? { seq: seq - 1, part: done.part }
    : { seq: next.notice.seq - 1, part: 0 };
}
