import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";
import { parentAndChild } from "./backend-suite-workflows.js";

/** The constructs of the language. */
export const language: readonly BackendCase[] = [
  {
    number: 42,
    name: "half-a-fan-out",
    promise: "continues a fan-out of which half was done when its process was killed",
    needs: ["kill decider"],
    async run(trial) {
      const hold = { id: "hold", agentId: "worker", task: JSON.stringify({ afterMs: 150 }) };
      const items = Array.from({ length: 8 }, (_, n) => `i${n}`);
      const fan = { keys: { foreach: items, concurrency: 2, steps: [hold] } };
      const steps = { fan, slow: { hangUntil: 1 }, join: { after: ["fan", "slow"], echo: true } };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.untilNoted("started", "fan[i5].hold");
      await killed(trial, runId);
      strictEqual((await trial.restAs(runId, "completed")).status, "completed");
      const { join } = await trial.results(runId);
      deepStrictEqual((join as { fan: unknown[] }).fan.length, 8);
      const twice = trial.started().filter((name) => name.endsWith("#2"));
      ok(twice.length <= 3, `repeated: ${twice.join(", ")}`);
      strictEqual(trial.started().includes("fan[i0].hold#2"), false);
    },
  },
  {
    number: 43,
    name: "second-round",
    promise: "continues a loop in the round in which its process was killed",
    needs: ["kill decider"],
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({
          again: {
            keys: {
              loop: { max: 3 },
              steps: [
                { id: "try", agentId: "worker", task: JSON.stringify({ afterMs: 50 }) },
                {
                  id: "hold",
                  agentId: "worker",
                  if: "round == 2",
                  dependencies: ["try"],
                  task: JSON.stringify({ hangUntil: 1 }),
                },
              ],
            },
          },
        }),
      );
      await trial.untilNoted("started", "again#2.hold");
      await killed(trial, runId);
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), [
        "again#1.try#1",
        "again#2.try#1",
        "again#2.hold#1",
        "again#2.hold#2",
        "again#3.try#1",
      ]);
    },
  },
  {
    number: 49,
    name: "child-run",
    needs: ["child runs"],
    promise: "starts a run for a step that runs a workflow, and ends it with its parent",
    async run(trial) {
      const { parent, child } = parentAndChild();
      const runId = await trial.start(parent, { runId: "parent" });
      strictEqual((await trial.rest(runId)).status, "completed");
      const children = await trial.harness.clock.until(trial.backend.list({ isChild: true }));
      deepStrictEqual(
        children.map((run) => [run.runId, run.parentRunId, run.parentStepId, run.status]),
        [["parent.audit", "parent", "audit", "completed"]],
      );
      trial.adopt("parent.audit", child, { inputs: { of: "plan" } });
      deepStrictEqual(trial.started("parent.audit"), ["look#1"]);
      deepStrictEqual((await trial.results(runId))["audit"], { verdict: "good" });
    },
  },
  {
    number: 51,
    name: "cache-hit",
    needs: ["result cache"],
    promise: "takes the result of another run that made the same request, without an attempt",
    async run(trial) {
      const steps = { a: { result: { found: 1 }, keys: { cache: true } }, b: { after: ["a"] } };
      const first = await trial.start(trialWorkflow(steps));
      strictEqual((await trial.rest(first)).status, "completed");
      const second = await trial.start(trialWorkflow(steps));
      strictEqual((await trial.rest(second)).status, "completed");
      const [taken] = await trial.payloads(second, "step_completed");
      const reused = taken?.["reused"] as { readonly runId?: string } | undefined;
      deepStrictEqual(
        [trial.started(first), trial.started(second), taken?.["result"], reused?.runId],
        [["a#1", "b#1"], ["b#1"], { found: 1 }, first],
      );
    },
  },
  {
    number: 52,
    name: "sessions",
    promise: "continues a copy of an earlier conversation, and leaves that conversation as it was",
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({
          first: { talks: true },
          left: { after: ["first"], talks: true, keys: { session: { from: "first" } } },
          right: { after: ["first"], talks: true, keys: { session: { from: "first" } } },
        }),
      );
      strictEqual((await trial.rest(runId)).status, "completed");
      const said = await trial.results(runId);
      const steps = Object.entries(said).map(([id, attempts]) => [
        id,
        (attempts as string[]).map((key) => key.split("/")[1]),
      ]);
      deepStrictEqual(Object.fromEntries(steps), {
        first: ["first"],
        left: ["first", "left"],
        right: ["first", "right"],
      });
    },
  },
  {
    number: 53,
    name: "conditions-and-joins",
    promise: "runs what its conditions and the modes of its dependencies allow, and skips the rest",
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({
          measure: { result: { size: 3 } },
          small: { after: ["measure"], keys: { if: "steps.measure.output.size < 5" } },
          large: { after: ["measure"], keys: { if: "steps.measure.output.size > 5" } },
          needs: { after: ["large"] },
          either: { after: ["small", "large"], keys: { join: "any" } },
          anyway: { keys: { dependencies: [{ large: "ok-or-skipped" }] } },
          fails: { failUntil: 9, keys: { continueOnError: true } },
          after: {
            keys: { dependencies: [{ fails: "done" }], if: "steps.fails.status == 'failed'" },
          },
          stops: {
            after: ["either", "anyway", "after"],
            keys: { stop: { as: "completed", reason: "ok" } },
          },
          never: { after: ["stops"] },
        }),
      );
      strictEqual((await trial.rest(runId)).status, "completed");
      deepStrictEqual(trial.started().toSorted(), [
        "after#1",
        "anyway#1",
        "either#1",
        "fails#1",
        "measure#1",
        "small#1",
      ]);
    },
  },
];

/** Kills the process that decides, and has the run continued. */
async function killed(trial: Trial, runId: string): Promise<void> {
  await trial.kill("decider");
  await trial.goOn(runId);
}
