import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { BackendCase } from "./backend-suite-case.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";

const CANARY = `canary-${randomUUID()}`;
const AWAY_MS = 60_000;
const GOLDEN_MS = 6000;
const WIDE = 2000;
const LONG = 2000;

/** What is done to a backend in the course of months. */
export const operations: readonly BackendCase[] = [
  {
    number: 31,
    name: "projection-away",
    promise: "does not hold runs up while its projection is away, and fills it again without gaps",
    needs: ["projection away"],
    isLong: true,
    async run(trial) {
      const { away } = trial.harness.projection;
      for (const content of ["as-it-was", "empty"] as const) {
        const steps = { [`a-${content}`]: { afterMs: 500 }, b: { after: [`a-${content}`] } };
        const runId = await trial.start(trialWorkflow(steps));
        await trial.untilNoted("started", `a-${content}`);
        await away?.begin();
        await trial.until("the run continues without it", () =>
          trial.notes("answered", runId).some(({ stepId }) => stepId === "b"),
        );
        await trial.advance(AWAY_MS);
        await away?.end(content);
        await trial.until("the projection is filled", async () => {
          const rows = await trial.rows(runId).catch(() => []);
          return rows.at(-1)?.type === "complete_workflow";
        });
      }
    },
  },
  {
    number: 34,
    name: "large-runs",
    promise: "completes runs of thousands of steps, and many runs at once",
    isLong: true,
    async run(trial) {
      const chain = trialWorkflow(
        Object.fromEntries(
          Array.from({ length: LONG }, (_, n) => [
            `c${n}`,
            n === 0 ? {} : { after: [`c${n - 1}`] },
          ]),
        ),
        { id: "chain" },
      );
      const wide = trialWorkflow(
        Object.fromEntries(Array.from({ length: WIDE }, (_, n) => [`w${n}`, {}])),
        { id: "wide", limits: { concurrency: 200 } },
      );
      const five = trialWorkflow(
        Object.fromEntries(
          Array.from({ length: 5 }, (_, n) => [`f${n}`, n === 0 ? {} : { after: [`f${n - 1}`] }]),
        ),
      );
      for (const workflow of [chain, wide]) await completes(trial, [workflow], 600_000);
      await completes(
        trial,
        Array.from({ length: 100 }, () => five),
        300_000,
      );
    },
  },
  {
    number: 35,
    name: "deploy",
    promise: "moves a run to processes of a newer version, and repeats nothing",
    needs: ["deploy"],
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({ a: {}, slow: { after: ["a"], afterMs: 1500 }, c: { after: ["slow"] } }),
      );
      await trial.untilNoted("started", "slow");
      await trial.harness.clock.until(trial.harness.deploy?.() ?? Promise.resolve());
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      const again = await trial.start(trialWorkflow({ fresh: {} }));
      await trial.restAs(again, "completed");
      deepStrictEqual(trial.started(), ["a#1", "slow#1", "c#1", "fresh#1"]);
    },
  },
  {
    number: 36,
    name: "golden-runs",
    promise: "continues the unfinished runs that older versions have stored",
    needs: ["golden runs"],
    setup: { hasGoldenRuns: true, workers: 2 },
    async run(trial) {
      const runs = (await trial.harness.golden?.()) ?? [];
      ok(runs.length > 0, "there are golden runs");
      for (const run of runs) {
        const { runId } = run;
        const isAtRest = async (): Promise<boolean> =>
          (await trial.summary(runId)).status !== "running";
        // One of them waits for a quota that is reset in hours.
        await trial
          .until(`run ${runId} is continued`, isAtRest, GOLDEN_MS)
          .catch(() => trial.tell(runId, { verb: "cancel" }));
        await trial.until(`run ${runId} is at rest`, isAtRest);
        trial.adoptOld(run);
      }
      const { length } = trial.notes("started");
      ok(length >= runs.length, `${length} attempts of ${runs.length} golden runs`);
    },
  },
  {
    number: 37,
    name: "secrets",
    promise: "stores nothing of the environment of its workers",
    needs: ["search"],
    setup: { environment: { CONFORMANCE_CANARY: CANARY } },
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({
          reads: { readsVariable: "CONFORMANCE_CANARY" },
          fails: { after: ["reads"], failUntil: 9, keys: { continueOnError: true } },
          seen: { after: ["reads"], result: "a text that is stored" },
        }),
      );
      await trial.restAs(runId, "completed");
      deepStrictEqual((await trial.results(runId))["reads"], { length: CANARY.length });
      // The search finds what is there.
      ok(((await trial.harness.search?.("a text that is stored")) ?? []).length > 0);
      deepStrictEqual(await trial.harness.search?.(CANARY), []);
    },
  },
  {
    number: 38,
    name: "leave",
    promise: "gives a run to an embedded engine, which finishes it, each step once",
    needs: ["leave"],
    async run(trial) {
      const steps = { a: {}, b: { after: ["a"], hangUntil: 1 }, c: { after: ["b"], echo: true } };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.untilNoted("started", "b");
      const left = await trial.harness.leave?.(runId);
      deepStrictEqual([left?.status, trial.started()], ["completed", ["a#1", "b#1", "b#2", "c#1"]]);
      // The backend is gone, and with it what the common checks ask.
      trial.runs.length = 0;
      trial.hasLeft = true;
    },
  },
  {
    number: 39,
    name: "removal",
    promise: "leaves nothing of a run that was removed",
    needs: ["remove"],
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({ a: { size: 600_000 }, b: { after: ["a"] }, c: { after: ["b"] } }),
      );
      await trial.restAs(runId, "completed");
      const kept = await trial.start(trialWorkflow({ kept: {} }));
      await trial.restAs(kept, "completed");
      const remains = trial.harness.remove?.(runId) ?? Promise.resolve(["everything"]);
      deepStrictEqual(await trial.harness.clock.until(remains), []);
      const left = await trial.harness.clock.until(trial.backend.get(runId));
      strictEqual(left, undefined);
      trial.forget(runId);
    },
  },
];

async function completes(
  trial: Trial,
  workflows: readonly ReturnType<typeof trialWorkflow>[],
  patienceMs: number,
): Promise<void> {
  const ids = await Promise.all(workflows.map((workflow) => trial.start(workflow)));
  for (const runId of ids)
    await trial.until(
      `run ${runId} is completed`,
      async () => (await trial.summary(runId)).status === "completed",
      patienceMs,
    );
}
