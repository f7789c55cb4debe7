import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import { BLOCK_MS } from "./HostLink.js";
import type { HostsView } from "./hosts-view.js";

/**
 * Checks that no agent has outlived the lease of its run. The agents of a frozen process stand
 * still with it; once it continues, they are stopped at once.
 */
export function checkFences(world: HostsView): void {
  for (const { process, runId, stepId } of world.team.alive) {
    const host = world.hostOf(process);
    if (host === undefined || host.isFrozen) continue;
    if (world.database.isHeld(runId, process.name)) continue;
    // One call that waits for the database may come before the fence.
    if (world.time.now > host.thawedAt + BLOCK_MS)
      world.report(
        `the agent of ${runId}/${stepId} is still alive in ${process.name}, ` +
          "which does not have the lease any more",
      );
  }
}

/** Checks that a process works on no more runs than it has slots, besides those that it stops. */
export function checkSlots(world: HostsView, process: SimulatedProcess): void {
  const slots = world.hostOf(process)?.slots ?? 0;
  const runs = new Set(
    world.team.alive
      .filter((call) => call.process === process && !call.signal.aborted)
      .map(({ runId }) => runId),
  );
  if (runs.size > slots)
    world.report(`${process.name} works on ${runs.size} runs and has ${slots} slots`);
}
