import type { WorkflowEngine } from "@automatosx/workflow";
import { mustBeExpectedOfHost } from "./expected-of-host.js";
import type { Host, WorkerLoop } from "./Host.js";
import type { HostsWorld } from "./HostsWorld.js";

/** Has an engine look for runs to execute, until it is drained. */
export function beginWork(world: HostsWorld, host: Host, engine: WorkflowEngine): WorkerLoop {
  const process = host.process!;
  const active = new Set<string>();
  let stopped = false;
  const look = async () => {
    if (stopped || process.isDead) return;
    try {
      for (const run of engine.storage.listClaimable(process.clock.now(), 10)) {
        if (active.size >= host.slots) break;
        if (engine.activeRun(run.runId)) continue;
        active.add(run.runId);
        const handle = await engine.resume(run.runId).catch((e) => { active.delete(run.runId); throw e; });
        handle.ending.catch((e) => mustBeExpectedOfHost(world, e, `${process.name} drops ${run.runId}`)).finally(() => active.delete(run.runId));
      }
    } catch (error) {
      mustBeExpectedOfHost(world, error, `${process.name} looks`);
    }
    process.clock.setTimer(1000, () => void look());
  };
  void look();
  return { drain: async () => { stopped = true; } };
}
