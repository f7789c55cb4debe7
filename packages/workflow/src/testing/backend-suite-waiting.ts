import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { trialWorkflow } from "./backend-suite-trial.js";

/** Runs that wait: for people, signals, instants, quotas and budgets. */
export const waiting: readonly BackendCase[] = [
  {
    number: 41,
    name: "gate-from-another-client",
    promise: "pauses at a gate, and continues with the answer that another client gives, once",
    async run(trial) {
      const other = await trial.harness.open();
      const runId = await trial.start(
        trialWorkflow({
          draft: {},
          review: { after: ["draft"], keys: { gate: { ask: "Good?", form: { size: "integer" } } } },
          build: {
            after: ["review"],
            keys: {
              task: "build ${{ steps.review.output.size }}",
              with: { script: { tells: true } },
            },
          },
        }),
      );
      strictEqual((await trial.restAs(runId, "paused")).status, "paused");
      const answer = (size: unknown) =>
        ({ verb: "answer", stepId: "review", answer: { values: { size }, by: "Ann" } }) as const;
      const misfit = await trial.send(runId, answer("large"), other);
      strictEqual(misfit.ok ? "accepted" : misfit.code, "invalid_answer");
      const raced = await Promise.all([
        trial.send(runId, answer(3), other),
        trial.send(runId, answer(4)),
      ]);
      deepStrictEqual(
        raced.map(({ ok: isAccepted }) => (isAccepted ? "accepted" : "refused")).toSorted(),
        ["accepted", "refused"],
      );
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      const { build } = await trial.results(runId);
      strictEqual((build as { task: string }).task, `build ${raced[0].ok ? 3 : 4}`);
      deepStrictEqual(trial.started(), ["draft#1", "build#1"]);
    },
  },
  {
    number: 44,
    name: "parked-scope",
    promise: "parks the steps that share a used-up quota until it resets, without using up a retry",
    async run(trial) {
      const parked = { failAs: "rate_limit", failUntil: 1, retryAfterMs: 1500 } as const;
      const runId = await trial.start(
        trialWorkflow(
          { first: parked, second: { after: ["first"] }, beside: { keys: { agentId: "other" } } },
          { limits: { concurrency: 1 } },
        ),
      );
      await trial.restAs(runId, "completed");
      const [failed] = trial.notes("failed");
      const again = trial.notes("started").find(({ attemptNumber }) => attemptNumber === 2);
      const waitedMs = (again?.at ?? 0) - (failed?.at ?? 0);
      ok(waitedMs >= 1500, `the step was tried again after ${waitedMs} ms`);
      const [failure] = await trial.payloads(runId, "step_failed");
      deepStrictEqual(
        [failure?.["reason"], failure?.["final"], trial.started().toSorted()],
        ["rate_limit", false, ["beside#1", "first#1", "first#2", "second#1"]],
      );
    },
  },
  {
    number: 45,
    name: "budget",
    promise: "pauses a run that has used up its budget, and continues once it is raised",
    async run(trial) {
      const costs = { usage: { inputTokens: 100 } };
      const runId = await trial.start(
        trialWorkflow(
          { a: costs, b: { ...costs, after: ["a"] }, c: { ...costs, after: ["b"] } },
          { budget: { tokens: 150 } },
        ),
      );
      await trial.restAs(runId, "paused");
      const before = trial.started();
      await trial.advance(300);
      deepStrictEqual([before, trial.started()], [["a#1"], before]);
      await trial.tell(runId, { verb: "budget", budget: { tokens: 1000 }, by: "Ann" });
      await trial.resume(runId);
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), ["a#1", "b#1", "c#1"]);
    },
  },
  {
    number: 46,
    name: "unknown-outcome",
    promise: "repeats no external effect of unknown outcome until a person has settled it",
    async run(trial) {
      const effect = { effect: "external", retries: 3 };
      const runId = await trial.start(
        trialWorkflow({
          pay: { failAs: "unknown", failUntil: 1, keys: effect },
          post: { failAs: "unknown", failUntil: 1, keys: effect },
          receipt: { after: ["pay", "post"], echo: true },
        }),
      );
      await trial.restAs(runId, "paused");
      const settle = (stepId: string, answer: { done: boolean; result?: unknown }) =>
        trial.tell(runId, { verb: "answer", stepId, answer: { ...answer, by: "Ann" } });
      await settle("pay", { done: true, result: "no. 7" });
      await settle("post", { done: false });
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      const { receipt } = await trial.results(runId);
      deepStrictEqual(
        [trial.started().toSorted(), receipt],
        [
          ["pay#1", "post#1", "post#2", "receipt#1"],
          { pay: "no. 7", post: { step: "post", attempt: 2 } },
        ],
      );
    },
  },
  {
    number: 50,
    name: "signals",
    promise: "keeps a signal until its step waits, wakes a step that waits, and refuses a repeat",
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({
          first: { afterMs: 400 },
          early: { after: ["first"], keys: { wait: { signal: "early" } } },
          late: { after: ["early"], keys: { wait: { signal: "late" } } },
          end: { after: ["early", "late"], echo: true },
        }),
      );
      await trial.untilNoted("started", "first");
      const early = { verb: "signal", name: "early", data: { n: 1 }, signalId: "once" } as const;
      await trial.tell(runId, early);
      const repeated = await trial.send(runId, early);
      strictEqual(repeated.ok ? "accepted" : repeated.code, "duplicate_signal");
      await trial.restAs(runId, "paused");
      await trial.tell(runId, { verb: "signal", name: "late", data: "two" });
      await trial.goOn(runId);
      await trial.restAs(runId, "completed");
      const { end } = await trial.results(runId);
      deepStrictEqual(end, { early: { n: 1 }, late: "two" });
    },
  },
  {
    number: 33,
    name: "long-timer",
    promise: "fires a timer once, however long nothing else happened",
    isLong: true,
    async run(trial) {
      const jump = trial.harness.jump?.bind(trial.harness);
      const waitMs = jump === undefined ? LONG_WAIT_MS : 3_600_000;
      const runId = await trial.start(
        trialWorkflow({
          before: {},
          wait: { after: ["before"], keys: { wait: waitMs } },
          after: { after: ["wait"] },
        }),
      );
      await trial.untilNoted("answered", "before");
      await trial.advance(500);
      await jump?.(waitMs);
      await trial.until(
        "the step behind the timer is done",
        () => trial.notes("answered").some(({ stepId }) => stepId === "after"),
        waitMs + 60_000,
      );
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), ["before#1", "after#1"]);
    },
  },
];

/** Longer than the default time after which a server suspends an idle handler, in ms. */
const LONG_WAIT_MS = 75_000;
