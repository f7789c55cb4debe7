import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { accepted } from "./backend-suite-steering.js";
import { trialWorkflow } from "./backend-suite-trial.js";

/** Killed processes. */
export const kills: readonly BackendCase[] = [
  {
    number: 23,
    name: "decider-killed",
    promise: "continues a run whose deciding process was killed, and repeats nothing recorded",
    needs: "kill decider",
    async run(trial) {
      const steps = {
        a: {},
        b: { after: ["a"] },
        hangs: { after: ["b"], hangUntil: 1 },
        c: { after: ["hangs"], echo: true },
      };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.untilNoted("started", "hangs");
      const before = await trial.rows(runId);
      await trial.kill("decider");
      if (!trial.backend.capabilities.continuesUnattended) {
        const orphaned = await trial.harness.clock.until(trial.backend.list({ isOrphaned: true }));
        deepStrictEqual(
          orphaned.map((run) => [run.runId, run.status, run.isOrphaned]),
          [[runId, "running", true]],
        );
        accepted(await trial.send(runId, { verb: "resume" }));
      }
      strictEqual((await trial.rest(runId)).status, "completed");
      const rows = await trial.rows(runId);
      const started = trial.notes("started").map((note) => `${note.stepId}#${note.attemptNumber}`);
      deepStrictEqual(rows.slice(0, before.length), before);
      deepStrictEqual(started, ["a#1", "b#1", "hangs#1", "hangs#2", "c#1"]);
    },
  },
];
