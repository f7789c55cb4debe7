import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { AgentNote } from "./backend-suite-agent.js";
import type { BackendCase } from "./backend-suite-case.js";
import { comparable, referenceRows } from "./backend-suite-reference.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";
import { assortedLanguage, assortedWorkflows } from "./backend-suite-workflows.js";

const PLAIN_COUNT = 40;
const LANGUAGE_COUNT = 20;

/** When steps start, and which values are passed on. */
export const scheduling: readonly BackendCase[] = [
  {
    number: 1,
    name: "same-rows",
    promise: "writes the rows that the core decides, whatever the workflow",
    async run(trial) {
      const workflows = [...assortedWorkflows(PLAIN_COUNT), ...assortedLanguage(LANGUAGE_COUNT)];
      const ids = await Promise.all(workflows.map((workflow) => trial.start(workflow)));
      for (const [index, workflow] of workflows.entries()) {
        const runId = ids[index] ?? "";
        await trial.rest(runId);
        const rows = (await trial.rows(runId)).map(comparable);
        deepStrictEqual(rows, referenceRows(workflow).map(comparable), workflow.definition.id);
      }
    },
  },
  {
    number: 2,
    name: "uneven",
    promise: "starts a step when its own dependencies are completed, not when their batch is",
    async run(trial) {
      const steps = { a: {}, slow: { afterMs: 2000 }, next: { after: ["a"] } };
      const runId = await trial.start(trialWorkflow(steps));
      await trial.rest(runId);
      const [ended, started] = [at(trial, "answered", "a"), at(trial, "started", "next")];
      ok(started - ended < 300, `\`next\` started ${started - ended} ms after \`a\` had ended`);
    },
  },
  {
    number: 3,
    name: "fan-100",
    promise: "runs a hundred steps at once, retries a tenth of them, and joins them",
    async run(trial) {
      const ids = Array.from({ length: 100 }, (_, n) => `f${n}`);
      const fan = ids.map((id, n) => [
        id,
        {
          after: ["root"],
          failUntil: n % 10 === 0 ? 1 : 0,
          keys: { retry: { max: 1, backoff: 20, jitter: "none" } },
        },
      ]);
      const steps = { root: {}, ...Object.fromEntries(fan), join: { after: ids, echo: true } };
      const runId = await trial.start(trialWorkflow(steps));
      const { status } = await trial.rest(runId);
      const [join] = (await trial.rows(runId)).filter(
        ({ type, stepId }) => type === "step_completed" && stepId === "join",
      );
      const { result } = JSON.parse(join?.payload ?? "{}") as { result?: object };
      const attempts = trial.notes("started").length;
      deepStrictEqual(
        { status, attempts, joined: Object.keys(result ?? {}).length },
        { status: "completed", attempts: 112, joined: 100 },
      );
    },
  },
  {
    number: 7,
    name: "limits",
    promise: "keeps the serial lane, and the limits of a run and of its agents",
    async run(trial) {
      const ids = Array.from({ length: 50 }, (_, n) => `l${n}`);
      const steps = Object.fromEntries(
        ids.map((id, n) => [
          id,
          {
            afterMs: 20 + (n % 3) * 10,
            keys: { agentId: n % 2 === 0 ? "rare" : "worker", ...(n % 10 === 9 && SERIAL) },
          },
        ]),
      );
      const limits = { concurrency: 8, agents: { rare: { concurrency: 2 } } };
      const runId = await trial.start(trialWorkflow(steps, { limits }));
      strictEqual((await trial.rest(runId)).status, "completed");
      const isAt = (remainder: number, of: number) => (note: AgentNote) =>
        Number(note.stepId.slice(1)) % of === remainder;
      deepStrictEqual(
        {
          isWithin: trial.mostAtOnce() <= 8,
          isParallel: trial.mostAtOnce() > 2,
          rare: trial.mostAtOnce(isAt(0, 2)),
          serial: trial.mostAtOnce(isAt(9, 10)),
          attempts: trial.started().length,
        },
        { isWithin: true, isParallel: true, rare: 2, serial: 1, attempts: 50 },
      );
    },
  },
];

const SERIAL = { parallel: false };

function at(trial: Trial, what: "started" | "answered", step: string): number {
  const [note] = trial.notes(what).filter(({ stepId }) => stepId === step);
  if (note === undefined) throw new Error(`no agent noted "${what}" of ${step}`);
  return note.at;
}
