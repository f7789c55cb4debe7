import type { Host } from "./Host.js";
import type { HostFault } from "./HostFault.js";
import type { HostsView } from "./hosts-view.js";

/** How long a process that is drained waits for its runs, in ms. */
const DRAIN_MS = 5000;

/** Makes a planned fault happen. */
export function injectFault(world: HostsView, fault: HostFault): Promise<void> | undefined {
  const { time, database } = world;
  if (fault.kind === "restart") {
    world.log(`the database is away for ${fault.forMs} ms`);
    database.isAway = true;
    time.after(fault.forMs, () => {
      world.log("the database is back");
      database.isAway = false;
    });
    return undefined;
  }
  const host = world.hosts[fault.host];
  if (host === undefined) return undefined;
  const { link } = host;
  world.log(`${host.name}: ${fault.kind}`);
  switch (fault.kind) {
    case "partition":
      link.isCut = true;
      time.after(fault.forMs, () => {
        world.log(`${host.name} reaches the database again`);
        link.isCut = false;
      });
      return undefined;
    case "slow":
      link.slowMs = fault.delayMs;
      time.after(fault.forMs, () => {
        link.slowMs = 0;
      });
      return undefined;
    case "lost-answers":
      link.lostAnswers = fault.count;
      return undefined;
    case "late-requests":
      link.lateRequests = { count: fault.count, byMs: fault.delayMs };
      return undefined;
    case "freeze":
      host.freeze(fault.forMs);
      return undefined;
    case "jump":
      host.skewMs += fault.byMs;
      host.process?.clock.jump(fault.byMs);
      return undefined;
    case "kill":
      kill(host);
      startLater(world, host, fault.awayMs);
      return undefined;
    case "drain":
      return drain(world, host, fault.awayMs);
  }
}

function kill({ process }: Host): void {
  if (process?.isDead === false) process.die(true);
}

function startLater(world: HostsView, host: Host, afterMs: number): void {
  world.time.after(afterMs, () => {
    if (host.process?.isDead === true) void world.start(host);
  });
}

async function drain(world: HostsView, host: Host, awayMs: number): Promise<void> {
  const { process, loop } = host;
  if (process === undefined || process.isDead) return;
  await loop?.drain(DRAIN_MS);
  await process.engine?.close();
  if (process.isDead) return;
  for (const { runId, stepId } of world.team.alive.filter((call) => call.process === process))
    world.report(`${process.name} has closed, but its agent of ${runId}/${stepId} is alive`);
  process.die(true);
  startLater(world, host, awayMs);
}
