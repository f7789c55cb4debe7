import { isOwnerDead, type StoredRun } from "@automatosx/workflow/observe";

/** Who works on a run: nobody, a process that lives or is gone, or one on another machine, where that cannot be seen. */
export type OwnerState = "none" | "alive" | "gone" | "elsewhere";

export function ownerState({ owner }: StoredRun): OwnerState {
  if (owner === undefined) return "none";
  const isDead = isOwnerDead(owner);
  if (isDead === undefined) return "elsewhere";
  return isDead ? "gone" : "alive";
}
