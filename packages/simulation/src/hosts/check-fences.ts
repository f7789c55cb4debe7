import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import type { HostsWorld } from "./HostsWorld.js";
import { STOP_MS } from "./HostTeam.js";

/**
 * Checks that no agent has outlived the lease of its run. The agents of a frozen process stand
 * still with it; once it continues, they are stopped at once.
 */
export function checkFences(world: HostsWorld): void {
  for (const { process, runId, stepId, signal } of world.team.alive) {
    const host = world.hostOf(process);
    if (host === undefined || host.isFrozen) continue;
    if (world.database.isHeld(runId, process.name)) continue;
    const isStopping = signal.aborted && world.time.now <= host.thawedAt + STOP_MS;
    if (!isStopping && world.time.now > host.thawedAt)
      world.report(
        `the agent of ${runId}/${stepId} is alive in ${process.name}, ` +
          "which does not have the lease any more",
      );
  }
}

/** Checks that a process works on no more runs than it has slots. */
export function checkSlots(world: HostsWorld, process: SimulatedProcess): void {
  const slots = world.hostOf(process)?.slots ?? 0;
  const runs = new Set(
    world.team.alive.filter((call) => call.process === process).map(({ runId }) => runId),
  );
  if (runs.size > slots)
    world.report(`${process.name} works on ${runs.size} runs and has ${slots} slots`);
}
