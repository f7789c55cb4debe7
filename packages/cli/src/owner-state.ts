import { isOwnerDead, type StoredRun } from "@automatosx/workflow/observe";

/**
 * The state of the process that owns a run: there is none, it is alive, it is gone, or it is on
 * another machine, where it cannot be checked.
 */
export type OwnerState = "none" | "alive" | "gone" | "elsewhere";

export function ownerState({ owner }: StoredRun): OwnerState {
  if (owner === undefined) return "none";
  const isDead = isOwnerDead(owner);
  if (isDead === undefined) return "elsewhere";
  return isDead ? "gone" : "alive";
}

/** Whether some process may be working on the run. */
export function isOwned(run: StoredRun): boolean {
  return ["alive", "elsewhere"].includes(ownerState(run));
}
