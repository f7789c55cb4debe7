import { withoutOrphans } from "./child-runs/without-orphans.js";
import type { EngineParts } from "./EngineParts.js";
import type { Recovered } from "./Recovery.js";
import { wokenRuns } from "./woken-runs.js";

/** Resumes the runs that no living engine owns, and that have something to do. */
export async function recoverRuns(parts: EngineParts): Promise<Recovered> {
  const { recovery, storage, ports } = parts;
  parts.assertOpen();
  parts.assertExecutes("recover");
  const running = storage.listRuns({ status: "running" });
  const woken = wokenRuns(storage, ports.clock.now());
  return recovery.start(await withoutOrphans(parts, [...running, ...woken]));
}
