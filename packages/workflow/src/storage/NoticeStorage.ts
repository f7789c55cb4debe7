import type { RunOwner } from "./run-owner.js";

/** How far the notices of a run came to one receiver. */
export interface NoticePosition {
  /** The id of the run. */
  readonly runId: string;
  /** Identifies the receiver: the sha-256 of its address, in hex. */
  readonly receiver: string;
  /** What people see of the receiver; it contains no secret. */
  readonly name: string;
  /** Every notice of the journal entries up to this one was delivered or given up. */
  readonly seq: number;
  /** How many notices of the entry after `seq` were delivered or given up. */
  readonly part: number;
  /** How many attempts at the next notice have failed. */
  readonly failures: number;
  /** When the next attempt is due, in ms since the epoch. */
  readonly dueAt?: number;
  /** How many notices were given up. */
  readonly givenUp: number;
  /** Why the last attempt failed; absent once one has succeeded. */
  readonly error?: string;
}

/** A receiver of the notices of a run, and the entry after which they begin. */
export type NoticeReceiver = Pick<NoticePosition, "runId" | "receiver" | "name" | "seq">;

/** A request to deliver the notices of a run. */
export interface NoticeClaim {
  /** The id of the run. */
  readonly runId: string;
  /** The engine that asks. */
  readonly owner: RunOwner;
  /** The instant of the claim, in ms since the epoch. */
  readonly now: number;
  /** Until when no other engine may deliver them, unless this one dies. */
  readonly heldUntil: number;
  /** Returns whether the engine of an owner has died. */
  readonly isDead: (owner: RunOwner) => boolean;
}

/** How far the notices of runs came to their receivers. */
export interface NoticeStorage {
  /** Adds receivers of the notices of runs; one that a run already has is not changed. */
  add(receivers: readonly NoticeReceiver[]): void;
  /** Returns how far the notices of a run came to each of its receivers. */
  ofRun(runId: string): readonly NoticePosition[];
  /**
   * Returns the positions of runs whose journals have later entries, oldest run first, and those
   * with notices that were given up.
   */
  unsettled(): readonly NoticePosition[];
  /** Lets one engine deliver the notices of a run. Returns false if a living one holds them. */
  claim(claim: NoticeClaim): boolean;
  /** Lets other engines deliver the notices of a run. */
  release(runId: string, ownerId: string): void;
  /** Stores how far the notices of a run came to a receiver. */
  record(position: Omit<NoticePosition, "name">): void;
}
