import { playWorld } from "../play-world.js";
import { describeHostFault } from "./HostFault.js";
import { HostsWorld, type HostsWorldOptions } from "./HostsWorld.js";

/** The outcome of one seed. */
export interface HostsReport {
  readonly seed: number;
  readonly ok: boolean;
  /** The broken promises, one line each. */
  readonly failures: readonly string[];
  /** Everything that happened, in order. The same seed produces the same lines. */
  readonly trace: readonly string[];
  /** The planned faults, one line each, and their kinds. */
  readonly faults: readonly string[];
  readonly faultKinds: readonly string[];
  readonly runCount: number;
  /** Number of attempts that were given to agents. */
  readonly attemptCount: number;
  /** How long the world lasted, in simulated ms. */
  readonly elapsedMs: number;
}

/** Runs the world of a seed: three hosts with real engines on one database. Never rejects. */
export async function runHostsSeed(options: HostsWorldOptions): Promise<HostsReport> {
  const world = new HostsWorld(options);
  await playWorld(world);
  const ok = world.failures.length === 0;
  if (!ok) options.databases.retire();
  return {
    seed: options.seed,
    ok,
    failures: world.failures,
    trace: world.trace,
    faults: world.faults.map(describeHostFault),
    faultKinds: world.faults.map(({ kind }) => kind),
    runCount: world.plan.runs.length,
    attemptCount: world.team.attemptCount,
    elapsedMs: world.elapsedMs,
  };
}

/**
 * The shortest trace of a failure: planned faults are left out one by one, and stay out if the seed
 * still fails without them.
 */
export async function shrinkHostsSeed(
  options: Omit<HostsWorldOptions, "only">,
): Promise<HostsReport> {
  let report = await runHostsSeed(options);
  let only = report.faults.map((_, index) => index);
  for (let before = -1; !report.ok && before !== only.length; ) {
    before = only.length;
    for (const candidate of [...only]) {
      const fewer = only.filter((index) => index !== candidate);
      const retried = await runHostsSeed({ ...options, only: fewer });
      if (retried.ok) continue;
      report = retried;
      only = fewer;
    }
  }
  return report;
}
