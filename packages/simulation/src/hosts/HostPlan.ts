import type { PreparedWorkflow } from "@automatosx/workflow";
import { SeededRandom } from "../SeededRandom.js";
import { endOf, type HostFault } from "./HostFault.js";
import { hostWorkflows } from "./host-workflows.js";

/** A run that a client enqueues. */
export interface PlannedRun {
  readonly runId: string;
  readonly workflow: PreparedWorkflow;
  /** When it is enqueued, in ms after the beginning. */
  readonly at: number;
}

/** What a seed decides about a world of hosts. */
export interface HostPlan {
  readonly runs: readonly PlannedRun[];
  /** Runs that each host executes at a time. */
  readonly slots: readonly number[];
  /** How far the clock of each host is from the clock of the database, in ms. */
  readonly skewsMs: readonly number[];
  readonly faults: readonly HostFault[];
  readonly leaseMs: number;
  /** How often each host looks for work, in ms. */
  readonly pollMs: number;
  /** When the last fault has ended, in ms after the beginning. */
  readonly quietAt: number;
  /** How late a request may arrive, in ms. */
  readonly latestMs: number;
}

const HOSTS = 3;

const MAX_RUNS = 7;
const MAX_FAULTS = 7;
const LAST_START_MS = 25_000;
const LAST_FAULT_MS = 70_000;
const DAY_MS = 86_400_000;

/** Derives a world from its seed. */
export function planHosts(seed: number): HostPlan {
  const random = new SeededRandom(seed);
  const hosts = Array.from({ length: HOSTS }, (_, index) => index);
  const workflows = hostWorkflows();
  const runs = Array.from({ length: random.between(2, MAX_RUNS) }, (_, index) => ({
    runId: `seed-${seed}.${index + 1}`,
    workflow: random.pick(workflows),
    at: index === 0 ? 0 : random.between(0, LAST_START_MS),
  })).toSorted((a, b) => a.at - b.at);
  const slots = hosts.map(() => random.between(1, 3));
  const skewsMs = hosts.map(() => (random.chance(0.5) ? random.between(-DAY_MS, DAY_MS) : 0));
  const leaseMs = random.pick([10_000, 30_000]);
  const count = random.chance(0.1) ? 0 : random.between(1, MAX_FAULTS);
  const faults = [
    ...Array.from({ length: count }, () => planFault(random)),
    ...(random.chance(0.15) ? planStorm(random, leaseMs) : []),
  ]
    .filter((fault, index, all) => fault.kind !== "restart" || isFirst(all, index, "restart"))
    .toSorted((a, b) => a.at - b.at);
  return {
    runs,
    slots,
    skewsMs,
    faults,
    leaseMs,
    pollMs: random.pick([1000, 4000]),
    quietAt: Math.max(LAST_START_MS, ...faults.map(endOf)),
    latestMs: Math.max(
      0,
      ...faults.map((fault) => (fault.kind === "late-requests" ? fault.delayMs : 0)),
    ),
  };
}

function planFault(random: SeededRandom): HostFault {
  const at = random.between(100, LAST_FAULT_MS);
  const host = random.below(HOSTS);
  // Short ones have ended before a lease ends, long ones outlast several.
  const forMs = random.chance(0.5) ? random.between(100, 9000) : random.between(9000, 60_000);
  switch (random.below(9)) {
    case 0:
    case 1:
      return { kind: "partition", at, host, forMs };
    case 2:
      return { kind: "slow", at, host, forMs, delayMs: random.between(200, 4500) };
    case 3:
      return { kind: "lost-answers", at, host, count: random.between(1, 4) };
    case 4:
      return {
        kind: "late-requests",
        at,
        host,
        count: random.between(1, 3),
        delayMs: random.between(6000, 40_000),
      };
    case 5:
      return { kind: "restart", at, forMs: Math.min(forMs, 30_000) };
    case 6:
      return { kind: "freeze", at, host, forMs };
    case 7:
      return random.chance(0.6)
        ? { kind: "kill", at, host, awayMs: forMs }
        : { kind: "drain", at, host, awayMs: forMs };
    default:
      return { kind: "jump", at, host, byMs: random.between(1000, DAY_MS) };
  }
}

/**
 * Everything that a host sends arrives about when its leases end, while the other hosts, which then
 * claim its runs, take long to write.
 */
function planStorm(random: SeededRandom, leaseMs: number): HostFault[] {
  const at = random.between(2000, LAST_START_MS);
  const late = random.below(HOSTS);
  const delayMs = leaseMs + random.between(-4000, 4000);
  return Array.from(
    { length: HOSTS },
    (_, host): HostFault =>
      host === late
        ? { kind: "late-requests", at, host, count: 40, delayMs }
        : { kind: "slow", at, host, forMs: 2 * leaseMs, delayMs: random.between(1000, 4000) },
  );
}

const isFirst = (faults: readonly HostFault[], index: number, kind: HostFault["kind"]): boolean =>
  faults.findIndex((fault) => fault.kind === kind) === index;
