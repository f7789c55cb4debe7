import { parentOf } from "../../journal/child-steps.js";
import type { ActiveRun } from "../ActiveRun.js";
import type { EngineContext } from "../EngineContext.js";

/** Returns the active runs with these ids, and the active child runs of theirs. */
export function familyOf(
  { runs, storage }: Pick<EngineContext, "runs" | "storage">,
  runIds: ReadonlySet<string>,
): readonly ActiveRun[] {
  const belongs = (runId: string): boolean => {
    if (runIds.has(runId)) return true;
    const run = storage.getRun(runId);
    const parent = run && parentOf(storage, run);
    return parent !== undefined && belongs(parent.runId);
  };
  return [...runs].filter(({ runId }) => belongs(runId));
}
