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
  /** When the last fault has ended, in ms after the beginning. */
  readonly quietAt: number;
}

export const HOSTS = 3;

const MAX_RUNS = 7;
const MAX_FAULTS = 7;
const LAST_START_MS = 40_000;
const LAST_FAULT_MS = 120_000;
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
  const count = random.chance(0.1) ? 0 : random.between(1, MAX_FAULTS);
  const faults = Array.from({ length: count }, () => planFault(random))
    .filter((fault, index, all) => fault.kind !== "restart" || isFirst(all, index, "restart"))
    .toSorted((a, b) => a.at - b.at);
  return {
    runs,
    slots,
    skewsMs,
    faults,
    leaseMs: random.pick([10_000, 30_000]),
    quietAt: Math.max(LAST_START_MS, ...faults.map(endOf)),
  };
}

function planFault(random: SeededRandom): HostFault {
  const at = random.between(100, LAST_FAULT_MS);
  const host = random.below(HOSTS);
  // Short ones are over before a lease ends, long ones outlast several.
  const forMs = random.chance(0.5) ? random.between(100, 9000) : random.between(9000, 100_000);
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
        delayMs: random.between(6000, 60_000),
      };
    case 5:
      return { kind: "restart", at, forMs: Math.min(forMs, 40_000) };
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

const isFirst = (faults: readonly HostFault[], index: number, kind: HostFault["kind"]): boolean =>
  faults.findIndex((fault) => fault.kind === kind) === index;
