import type { WorkflowEngine } from "@automatosx/workflow";
import { mustBeExpectedOfHost } from "./expected-of-host.js";
import type { Host, WorkerLoop } from "./Host.js";
import type { HostsView } from "./hosts-view.js";

/** Has an engine look for runs to execute, until it is drained. */
export function beginWork(world: HostsView, host: Host, engine: WorkflowEngine): WorkerLoop {
  const name = host.process?.name ?? host.name;
  return engine.work({
    slots: host.slots,
    pollMs: world.plan.pollMs,
    onProblem: (problem) => mustBeExpectedOfHost(world, problem, `${name} looks for work`),
    onRun: ({ runId }, what, status) =>
      world.log(`${name}: ${runId} is ${what}${status === undefined ? "" : ` (${status})`}`),
  });
}
