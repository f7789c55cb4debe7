import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { trialWorkflow } from "./backend-suite-trial.js";

/** Repeated starts with the same id. */
export const starting: readonly BackendCase[] = [
  {
    number: 19,
    name: "start-twice",
    promise: "starts one run for an id, however many clients ask, and refuses another workflow",
    async run(trial) {
      const other = await trial.harness.open();
      const workflow = trialWorkflow({ a: { afterMs: 500 }, b: { after: ["a"] } });
      const another = trialWorkflow({ a: {} });
      const runId = "nightly-2026-03-01";
      const clients = [trial.backend, other, trial.backend, other];
      const started = await Promise.allSettled(
        clients.map((client) => trial.start(workflow, { runId }, client)),
      );
      // A client that cannot join a run owned by another process reports that the run exists.
      const answers = started.map((one) =>
        one.status === "fulfilled" ? one.value : codeOf(one.reason),
      );
      deepStrictEqual(
        answers.filter((answer) => answer !== runId && answer !== "run_owned_elsewhere"),
        [],
      );
      strictEqual(answers.includes(runId), true);
      for (const client of [trial.backend, other]) {
        const refused = trial.start(another, { runId }, client).then(() => "started", codeOf);
        strictEqual(await refused, "run_exists");
      }
      strictEqual((await trial.rest(runId)).status, "completed");
      const again = await trial.start(workflow, { runId });
      const runs = await trial.harness.clock.until(trial.backend.list());
      deepStrictEqual(
        [again, runs.map((run) => run.runId), trial.notes("started").length],
        [runId, [runId], 2],
      );
    },
  },
  {
    number: 21,
    name: "unknown-agent",
    promise: "refuses an agent that is not known, or starts its step once a worker serves it",
    setup: { agents: ["worker"] },
    async run(trial) {
      const workflow = trialWorkflow({
        a: {},
        strange: { after: ["a"], keys: { agentId: "stranger" } },
      });
      const issues = trial.backend.validate(workflow);
      const started = await trial.start(workflow, { runId: "early" }).then(() => "started", codeOf);
      if (started !== "started") {
        strictEqual(started, "unknown_agent");
        strictEqual(await trial.harness.clock.until(trial.backend.get("early")), undefined);
        return;
      }
      await trial.advance(1000);
      deepStrictEqual(
        trial
          .notes("started")
          .map(({ stepId }) => stepId)
          .includes("strange"),
        false,
      );
      await trial.harness.clock.until(
        trial.harness.serve?.("stranger") ??
          Promise.reject(new Error(`unserved: ${issues.length}`)),
      );
      await trial.goOn("early");
      await trial.restAs("early", "completed");
      deepStrictEqual(trial.started(), ["a#1", "strange#1"]);
    },
  },
  {
    number: 27,
    name: "client-killed",
    promise: "has one run for an id whose client was killed once it had sent the start",
    needs: ["kill client"],
    async run(trial) {
      const workflow = trialWorkflow({ a: { afterMs: 300 }, b: { after: ["a"] } });
      const runId = "sent-by-the-dead";
      await trial.harness.startAndDie?.(workflow, { runId });
      trial.noteOpen();
      await trial.start(workflow, { runId });
      await trial.restAs(runId, "completed");
      const runs = await trial.harness.clock.until(trial.backend.list());
      deepStrictEqual(
        runs.map((run) => run.runId),
        [runId],
      );
    },
  },
];

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code ?? error);
}
