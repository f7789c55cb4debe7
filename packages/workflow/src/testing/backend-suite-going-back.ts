import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";

/** Runs that go back: failures resumed, checkpoints restored, results and definitions changed. */
export const goingBack: readonly BackendCase[] = [
  {
    number: 17,
    name: "failed-resume",
    promise: "keeps what is completed when a failed run is resumed, and tries the rest again",
    async run(trial) {
      const steps = { a: {}, b: { after: ["a"], failUntil: 1 }, c: { after: ["b"] } };
      const runId = await trial.start(trialWorkflow(steps));
      const failed = await trial.rest(runId);
      deepStrictEqual([failed.status, failed.errorCode], ["failed", "step_failed"]);
      await trial.tell(runId, { verb: "resume" });
      strictEqual((await trial.restAs(runId, "completed")).status, "completed");
      deepStrictEqual(trial.started(), ["a#1", "b#1", "b#2", "c#1"]);
    },
  },
  {
    number: 18,
    name: "checkpoints-and-forks",
    promise: "restores a run to a checkpoint, and forks it there, with the results of before",
    needs: ["going back"],
    async run(trial) {
      const steps = { a: {}, b: { after: ["a"], afterMs: 2500 }, c: { after: ["b"] } };
      const workflow = trialWorkflow(steps);
      const runId = await trial.start(workflow);
      await trial.untilNoted("started", "b");
      const checkpointId = await trial.tell(runId, { verb: "checkpoint", name: "before-b" });
      await trial.tell(runId, { verb: "pause", stopAgents: true });
      await trial.restAs(runId, "paused");
      const { goingBack } = trial.harness;
      await trial.harness.clock.until(goingBack?.restore(runId, checkpointId) ?? never());
      await trial.restAs(runId, "completed");
      const names = (await trial.payloads(runId, "checkpoint_created")).map(({ name }) => name);
      deepStrictEqual(
        [trial.started(runId), names.includes("before-b")],
        [["a#1", "b#1", "b#2", "c#1"], true],
      );
      if (goingBack?.fork === undefined) return;
      const fork = await trial.harness.clock.until(goingBack.fork(runId, checkpointId));
      trial.adopt(fork, workflow);
      await trial.resume(fork);
      await trial.restAs(fork, "completed");
      deepStrictEqual(trial.started(fork), ["b#1", "c#1"]);
    },
  },
  {
    number: 47,
    name: "edited-result",
    promise: "repeats only the steps that used a result, once it was replaced",
    async run(trial) {
      const runId = await failedChain(trial);
      const result = { edited: "x".repeat(300_000) };
      await trial.tell(runId, { verb: "edit", stepId: "a", result, by: "Ann", note: "better" });
      await trial.resume(runId);
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), ["a#1", "b#1", "beside#1", "c#1", "b#2", "beside#2", "c#2"]);
      const { b } = await trial.results(runId);
      strictEqual((b as { task: string }).task, `b: ${JSON.stringify(result)}`);
    },
  },
  {
    number: 48,
    name: "amended-while-running",
    promise: "continues with another definition while attempts are in flight, and keeps what fits",
    needs: ["going back"],
    async run(trial) {
      const steps = (task: string) => ({
        a: {},
        slow: { after: ["a"], afterMs: 1200 },
        old: { after: ["a"], hangUntil: 9, keys: { name: task } },
        end: { after: ["slow", "old"] },
      });
      const runId = await trial.start(trialWorkflow(steps("before")));
      await trial.untilNoted("started", "old");
      await trial.untilNoted("started", "slow");
      const amended = trialWorkflow({
        ...steps("before"),
        old: { after: ["a"], result: "amended" },
        added: { after: ["a"] },
      });
      trial.knows(amended);
      const { goingBack, clock } = trial.harness;
      await clock.until(goingBack?.amend(runId, amended) ?? never());
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      await trial.untilNoted("stopped", "old");
      deepStrictEqual(trial.started().toSorted(), [
        ...["a#1", "added#1", "end#1"],
        ...["old#1", "old#2", "slow#1"],
      ]);
    },
  },
  {
    number: 54,
    name: "reopened-step",
    promise: "performs a completed step again, and nothing behind it that comes out the same",
    async run(trial) {
      const runId = await failedChain(trial);
      await trial.tell(runId, { verb: "reopen", stepIds: ["a"], by: "Ann" });
      await trial.resume(runId);
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), ["a#1", "b#1", "beside#1", "c#1", "a#2", "c#2"]);
    },
  },
];

/** A run whose last step failed: `a`, then `b` with its result, then `c`. */
async function failedChain(trial: Trial): Promise<string> {
  const runId = await trial.start(
    trialWorkflow(
      {
        a: { result: "first" },
        b: {
          after: ["a"],
          keys: { task: "b: ${{ steps.a.output }}", with: { script: { tells: true } } },
        },
        beside: { after: ["b"] },
        c: { after: ["beside"], failUntil: 1, isFinal: true },
      },
      { limits: { concurrency: 1 } },
    ),
  );
  strictEqual((await trial.restAs(runId, "failed")).status, "failed");
  return runId;
}

const never = (): Promise<never> => Promise.reject(new Error("the harness cannot go back"));
