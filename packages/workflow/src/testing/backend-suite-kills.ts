import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import type { KillTarget } from "./backend-suite-harness.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";

/** How many attempts are in flight when a server is killed. */
const IN_FLIGHT = 100;
const OUTAGE_MS = 120_000;
/** Rows of the workflow that is killed at each of them; a few more than it has. */
const ENTRIES = 40;

/** Killed processes. */
export const kills: readonly BackendCase[] = [
  {
    number: 22,
    name: "worker-killed",
    promise: "repeats an attempt whose worker was killed, and no retry is used up",
    needs: ["kill worker"],
    async run(trial) {
      const steps = { a: {}, hangs: { after: ["a"], hangUntil: 1 }, end: { after: ["hangs"] } };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.untilNoted("started", "hangs");
      await trial.kill("worker");
      await trial.goOn(runId);
      await trial.untilNoted("started", "hangs", 2);
      await trial.restAs(runId, "completed");
      const failures = await trial.payloads(runId, "step_failed");
      deepStrictEqual(
        [trial.started(), failures.map(({ reason, final }) => [reason, final])],
        [["a#1", "hangs#1", "hangs#2", "end#1"], [["interrupted", false]]],
      );
    },
  },
  {
    number: 23,
    name: "decider-killed",
    promise: "continues a run whose deciding process was killed, and repeats nothing recorded",
    needs: ["kill decider"],
    async run(trial) {
      const steps = {
        a: {},
        b: { after: ["a"] },
        slow: { after: ["b"], afterMs: 1500 },
        c: { after: ["slow"], echo: true },
      };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.untilNoted("started", "slow");
      const before = await trial.rows(runId);
      await trial.kill("decider");
      if (!trial.backend.capabilities.continuesUnattended) {
        const orphaned = await trial.harness.clock.until(trial.backend.list({ isOrphaned: true }));
        deepStrictEqual(
          orphaned.map((run) => [run.runId, run.status, run.isOrphaned]),
          [[runId, "running", true]],
        );
      }
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      const rows = await trial.rows(runId);
      deepStrictEqual(rows.slice(0, before.length), before);
      deepStrictEqual(
        trial.started().filter((name) => name !== "slow#2"),
        ["a#1", "b#1", "slow#1", "c#1"],
      );
    },
  },
  {
    number: 24,
    name: "server-killed",
    promise: "continues after its server was killed with a hundred attempts in flight",
    needs: ["kill server"],
    run: (trial) => killedInFlight(trial, "server"),
  },
  {
    number: 25,
    name: "outages",
    promise: "completes unattended after worker and server were killed, and after long outages",
    needs: ["kill both", "outage"],
    isLong: true,
    async run(trial) {
      await killedInFlight(trial, "both");
      for (const what of ["workers", "server"] as const) {
        const steps = { [what]: { afterMs: 2000 }, end: { after: [what] } };
        const runId = await trial.start(trialWorkflow(steps));
        await trial.untilNoted("started", what);
        const outage = await trial.harness.outage?.(what);
        trial.noteOpen();
        await trial.advance(OUTAGE_MS);
        await outage?.end();
        await untilCompleted(trial, runId, 120_000);
      }
    },
  },
  {
    number: 26,
    name: "node-killed",
    promise: "continues after the node of its cluster that has most to do was killed",
    needs: ["kill node"],
    setup: { nodes: 3, workers: 2 },
    isLong: true,
    run: (trial) => killedInFlight(trial, "node"),
  },
  {
    number: 30,
    name: "killed-at-each-entry",
    promise: "continues a run that was killed at any of its journal entries",
    needs: ["kill at entry"],
    async run(trial) {
      const steps = {
        a: {},
        b: { after: ["a"], failUntil: 1, keys: { retry: { max: 1, backoff: 0, jitter: "none" } } },
        group: {
          after: ["a"],
          keys: {
            foreach: ["x", "y"],
            steps: [{ id: "one", agentId: "worker", task: "{}" }],
          },
        },
        c: { after: ["b", "group"], echo: true },
      };
      const workflow = trialWorkflow(steps);
      for (let seq = 1; seq <= ENTRIES; seq += trial.harness.killEvery ?? 1) {
        await trial.harness.killAt?.(seq);
        const runId = `killed-at-${seq}`;
        // The client may see its start fail with the process that would have performed it.
        await trial.start(workflow, { runId }).catch(() => undefined);
        await trial.start(workflow, { runId }).catch(() => undefined);
        await trial.until(`run ${runId} is completed`, async () => {
          await trial.goOn(runId).catch(() => undefined);
          const summary = await trial.harness.clock.until(trial.backend.get(runId));
          if (summary === undefined) await trial.start(workflow, { runId }).catch(() => undefined);
          return summary?.status === "completed";
        });
        trial.noteOpen();
        const rows = await trial.rows(runId);
        if (rows.length < seq) break;
      }
      const processes = new Set(trial.notes("started").map(({ worker }) => worker));
      ok(processes.size > 3, `${processes.size} processes were at it`);
    },
  },
];

async function killedInFlight(trial: Trial, target: KillTarget): Promise<void> {
  const ids = Array.from({ length: IN_FLIGHT }, (_, n) => `f${n}`);
  const fan = ids.map((id) => [id, { after: ["root"], afterMs: 3000 }]);
  const steps = { root: {}, ...Object.fromEntries(fan), end: { after: ids } };
  const runId = await trial.start(trialWorkflow(steps));
  const startedCount = (): number => trial.notes("started", runId).length;
  await trial.until("all are in flight", () => startedCount() === IN_FLIGHT + 1);
  const recorded = (await trial.rows(runId)).filter(({ type }) => type === "step_completed");
  await trial.kill(target);
  await trial.goOn(runId);
  await untilCompleted(trial, runId, 60_000);
  const again = trial.started(runId).filter((name) => name.startsWith("root#"));
  deepStrictEqual([recorded.length, again], [1, ["root#1"]], "nothing recorded is repeated");
  const isKept = trial.backend.capabilities.survivesServerRestart && target !== "both";
  if (isKept) strictEqual(startedCount(), IN_FLIGHT + 2, "no attempt in flight is repeated");
  else ok(startedCount() <= 2 * IN_FLIGHT + 2);
}

/** Waits for the end of a run while reading it may fail, because what it is on is away. */
async function untilCompleted(trial: Trial, runId: string, patienceMs: number): Promise<void> {
  const isCompleted = async (): Promise<boolean> => {
    const summary = await trial.summary(runId).catch(() => undefined);
    if (summary?.isOrphaned === true) await trial.goOn(runId).catch(() => undefined);
    return summary?.status === "completed";
  };
  await trial.until(`run ${runId} is completed`, isCompleted, patienceMs);
}
