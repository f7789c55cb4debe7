import { hostname } from "node:os";
import type { StoredRun } from "@automatosx/workflow";

/** Who works on a run: nobody, a process that lives or is gone, or one on another machine. */
export type OwnerState = "none" | "alive" | "gone" | "elsewhere";

export function ownerState({ owner }: StoredRun): OwnerState {
  if (owner === undefined) return "none";
  if (owner.host !== hostname()) return "elsewhere";
  try {
    process.kill(owner.pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "alive" : "gone";
  }
}
