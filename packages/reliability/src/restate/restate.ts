import { setTimeout as delay } from "node:timers/promises";
import { restateHarness } from "@automatosx/conformance/restate";
import type { ExecutionBackend } from "@automatosx/workflow";
import type { HarnessSetup, KillTarget } from "@automatosx/workflow/testing";
import type { Part } from "../part.ts";
import { countFaults, type FaultCounts, NO_FAULTS, sumOf } from "./count-faults.ts";
import { ATTEMPTS, fanOut, IN_FLIGHT } from "./fan-out.ts";

/** How long a run may take after the kill, in ms. */
const PATIENCE_MS = 180_000;

interface Kill {
  readonly name: string;
  readonly target: KillTarget;
  readonly setup: HarnessSetup;
  /** True if the workers survive it, so that nothing may be repeated. */
  readonly keepsAttempts: boolean;
}

const KILLS: readonly Kill[] = [
  { name: "one of two workers", target: "worker", setup: { workers: 2 }, keepsAttempts: false },
  { name: "server, one worker", target: "server", setup: {}, keepsAttempts: true },
  { name: "server, two workers", target: "server", setup: { workers: 2 }, keepsAttempts: true },
  { name: "worker and server", target: "both", setup: { workers: 2 }, keepsAttempts: false },
];

/** Three servers need some 450 MB. */
const CLUSTER: Kill = {
  name: "the first of three nodes",
  target: "node",
  setup: { workers: 2, nodes: 3 },
  keepsAttempts: true,
};

/** Kills workers and servers of Restate with a hundred attempts in flight. */
export const restate: Part = {
  name: "restate",
  async run({ full }) {
    const kills = full ? [...KILLS, CLUSTER] : KILLS;
    const lines: string[] = [];
    const failures: string[] = [];
    let sum = NO_FAULTS;
    for (const one of kills) {
      const { counts, attemptCount, seconds } = await killInFlight(one);
      sum = sumOf(sum, counts);
      const repeatedCount = attemptCount - ATTEMPTS;
      lines.push(
        `${one.name}: ${attemptCount} attempts (${ATTEMPTS} undisturbed), ` +
          `completed ${seconds.toFixed(1)} s after the kill`,
      );
      if (repeatedCount < 0) failures.push(`${one.name}: ${-repeatedCount} attempts are missing`);
      if (repeatedCount > IN_FLIGHT)
        failures.push(`${one.name}: ${repeatedCount} attempts were repeated`);
    }
    const { recordedTwice, startedTwice, rowsDiffering, rerun } = sum;
    const verdict =
      `recorded twice ${recordedTwice}, attempts started twice ${startedTwice}, ` +
      `rows differing ${rowsDiffering}, re-run after a server restart ${rerun}`;
    lines.push(verdict);
    if (recordedTwice + startedTwice + rowsDiffering + rerun > 0) failures.push(verdict);
    return { triedCount: kills.length, failures, lines };
  },
};

interface KillReport {
  readonly counts: FaultCounts;
  readonly attemptCount: number;
  /** From the kill to the end of the run. */
  readonly seconds: number;
}

async function killInFlight({ target, setup, keepsAttempts }: Kill): Promise<KillReport> {
  await using harness = await restateHarness({ ...setup, isLong: true });
  const backend = await harness.open();
  const { id: runId } = await backend.start(fanOut());
  const startedCount = (): number =>
    harness.agentLog.read().filter(({ what }) => what === "started").length;
  await until("a hundred attempts are in flight", () => startedCount() > IN_FLIGHT);
  const before = await harness.projection.rows(runId);
  await harness.kills?.[target]?.();
  const killedAt = performance.now();
  await until("the run is completed", () => isCompleted(backend, runId));
  const seconds = (performance.now() - killedAt) / 1000;
  const counts = await countFaults(harness, backend, { runId, before });
  const attemptCount = startedCount();
  const rerun = keepsAttempts ? Math.max(0, attemptCount - ATTEMPTS) : 0;
  return { counts: { ...counts, rerun }, attemptCount, seconds };
}

// Right after a kill, the server may not answer.
async function isCompleted(backend: ExecutionBackend, runId: string): Promise<boolean> {
  const summary = await backend.get(runId).catch(() => undefined);
  return summary?.status === "completed";
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const endAt = Date.now() + PATIENCE_MS; !(await holds()); await delay(50))
    if (Date.now() > endAt) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
}
