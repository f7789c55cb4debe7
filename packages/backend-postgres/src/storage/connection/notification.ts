/** What a connection says when it has committed. */
export interface Notification {
  /** Identifies the storage that has committed. */
  readonly writerId: string;
  /** Whether the commit may have left a run that another engine can claim. */
  readonly mayBeClaimable: boolean;
}

const CLAIMABLE = " claimable";

/** Returns the text of a notification. */
export function notificationText({ writerId, mayBeClaimable }: Notification): string {
  return mayBeClaimable ? writerId + CLAIMABLE : writerId;
}

/** Reads the text of a notification. */
export function readNotification(text: string): Notification {
  const mayBeClaimable = text.endsWith(CLAIMABLE);
  return { writerId: mayBeClaimable ? text.slice(0, -CLAIMABLE.length) : text, mayBeClaimable };
}
