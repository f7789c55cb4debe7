import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";

/** How late an attempt may start after it was due, in ms. */
const MAX_LATE_MS = 1500;

/** What follows from a failure. */
export const failing: readonly BackendCase[] = [
  {
    number: 4,
    name: "retries",
    promise: "waits before each retry as the step says, and tries as often as it says",
    async run(trial) {
      const tolerated = { continueOnError: true };
      const steps = {
        even: { failUntil: 2, keys: { retry: { max: 2, backoff: 100, jitter: "none" } } },
        capped: {
          failUntil: 3,
          keys: { retry: { max: 3, backoff: 200, maxBackoff: 300, jitter: "none" } },
        },
        jittered: { failUntil: 1, keys: { retry: { max: 1, backoff: 200, jitter: "full" } } },
        none: { failUntil: 9, keys: { ...tolerated, retries: 0 } },
        fatal: { failUntil: 9, isFinal: true, keys: { ...tolerated, retries: 5 } },
        exhausted: { failUntil: 9, keys: { ...tolerated, retry: { max: 1, backoff: 0 } } },
      };
      const runId = await trial.start(trialWorkflow(steps));
      strictEqual((await trial.rest(runId)).status, "completed");
      const failures = await trial.payloads(runId, "step_failed");
      const finals = (step: string): unknown =>
        failures.filter(({ stepId }) => stepId === step).map(({ final }) => final);
      deepStrictEqual(Object.fromEntries(Object.keys(steps).map((id) => [id, finals(id)])), {
        even: [false, false],
        capped: [false, false, false],
        jittered: [false],
        none: [true],
        fatal: [true],
        exhausted: [false, true],
      });
      isDelayed(trial, "even", [100, 200]);
      isDelayed(trial, "capped", [200, 300, 300]);
      const [jittered = 0] = delays(trial, "jittered");
      ok(jittered <= 200 + MAX_LATE_MS, `the jittered retry came after ${jittered} ms`);
    },
  },
  {
    number: 5,
    name: "timeout",
    promise: "stops an attempt that takes too long, and refuses what it answers afterwards",
    async run(trial) {
      const keys = { timeout: 300, continueOnError: true };
      const runId = await trial.start(
        trialWorkflow({
          heeds: { hangUntil: 9, keys },
          deaf: { afterMs: 900, ignoresStop: true, keys },
          quick: { keys: { timeout: 20_000 } },
        }),
      );
      strictEqual((await trial.rest(runId)).status, "completed");
      await trial.untilNoted("stopped", "heeds");
      await trial.until("the deaf agent has answered", () =>
        trial.notes("answered").some(({ stepId }) => stepId === "deaf"),
      );
      const failures = await trial.payloads(runId, "step_failed");
      deepStrictEqual(
        failures.map(({ stepId, reason }) => `${String(stepId)}: ${String(reason)}`).toSorted(),
        ["deaf: timeout", "heeds: timeout"],
      );
      deepStrictEqual(Object.keys(await trial.results(runId)), ["quick"]);
    },
  },
  {
    number: 6,
    name: "tolerated-failures",
    promise: "continues after a tolerated failure with null, and skips what a failure leaves out",
    async run(trial) {
      const steps = {
        fails: { failUntil: 9, keys: { continueOnError: true } },
        follows: { after: ["fails"], echo: true },
        breaks: { after: ["follows"], failUntil: 9 },
        left: { after: ["breaks"] },
        further: { after: ["left"] },
        beside: { after: ["fails"] },
      };
      const runId = await trial.start(trialWorkflow(steps));
      const { status, error } = await trial.rest(runId);
      const results = await trial.results(runId);
      const [first, second] = await trial.payloads(runId, "step_failed");
      deepStrictEqual(
        { status, error, follows: results["follows"], completed: Object.keys(results).toSorted() },
        {
          status: "failed",
          error: "step `breaks` failed: planned failure of attempt 1",
          follows: { fails: null },
          completed: ["beside", "follows"],
        },
      );
      deepStrictEqual([first?.["skipped"], second?.["skipped"]], [undefined, ["left", "further"]]);
    },
  },
  {
    number: 55,
    name: "handlers-and-fallback",
    promise: "asks the next agent when one has failed, checks answers, and runs the handlers",
    async run(trial) {
      const script = (given: object): object => ({
        agentId: "worker",
        task: JSON.stringify(given),
      });
      const runId = await trial.start(
        trialWorkflow(
          {
            refused: { failUntil: 1, keys: { fallback: ["second"] } },
            judged: {
              result: 3,
              keys: {
                retries: 1,
                check: [{ that: "output > 2" }, script({ result: { pass: true } })],
              },
            },
            breaks: { after: ["refused", "judged"], failUntil: 9 },
          },
          {
            on: {
              failure: [{ id: "report", ...script({ result: "reported" }) }],
              always: [{ id: "clean", ...script({ result: "cleaned" }) }],
            },
          },
        ),
      );
      strictEqual((await trial.rest(runId)).status, "failed");
      deepStrictEqual(trial.started().toSorted(), [
        ":always.clean#1",
        ":failure.report#1",
        "breaks#1",
        "judged#1",
        "judged:check-2#1",
        "refused#1",
        "refused#2",
      ]);
    },
  },
];

/** The times between the attempts of a step, in ms, by the clock of its agent. */
function delays(trial: Trial, stepId: string): readonly number[] {
  const of = (what: "started" | "failed"): readonly number[] =>
    trial.notes(what).flatMap((note) => (note.stepId === stepId ? [note.at] : []));
  const started = of("started");
  return of("failed").flatMap((at, index) => {
    const next = started[index + 1];
    return next === undefined ? [] : [next - at];
  });
}

function isDelayed(trial: Trial, stepId: string, expected: readonly number[]): void {
  const found = delays(trial, stepId);
  const fits =
    found.length === expected.length &&
    found.every((ms, n) => ms >= (expected[n] ?? 0) && ms <= (expected[n] ?? 0) + MAX_LATE_MS);
  ok(
    fits,
    `\`${stepId}\` was tried again after ${found.join(", ")} ms, not ${expected.join(", ")}`,
  );
}
