import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { comparable, referenceRows } from "./backend-suite-reference.js";
import { type Trial, trialWorkflow } from "./backend-suite-trial.js";
import { assortedWorkflows } from "./backend-suite-workflows.js";

const WORKFLOW_COUNT = 40;

/** When steps start, and which values are passed on. */
export const scheduling: readonly BackendCase[] = [
  {
    number: 1,
    name: "same-rows",
    promise: "writes the rows that the core decides, whatever the workflow",
    async run(trial) {
      const workflows = assortedWorkflows(WORKFLOW_COUNT);
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
    number: 11,
    name: "result-kinds",
    promise: "hands every kind of JSON on as it is",
    async run(trial) {
      const results = kindsOfResults();
      const ids = results.map((_, n) => `r${n}`);
      const steps = Object.fromEntries(ids.map((id, n) => [id, { result: results[n] }]));
      const runId = await trial.start(
        trialWorkflow({ ...steps, echo: { after: ids, echo: true } }),
      );
      strictEqual((await trial.rest(runId)).status, "completed");
      const [echo] = trial.notes("answered").filter(({ stepId }) => stepId === "echo");
      const expected = Object.fromEntries(ids.map((id, n) => [id, results[n]]));
      deepStrictEqual(JSON.parse(echo?.result ?? "null"), expected);
    },
  },
];

function at(trial: Trial, what: "started" | "answered", step: string): number {
  const [note] = trial.notes(what).filter(({ stepId }) => stepId === step);
  if (note === undefined) throw new Error(`no agent noted "${what}" of ${step}`);
  return note.at;
}

function kindsOfResults(): readonly unknown[] {
  let deep: unknown = "deep";
  for (let level = 0; level < 50; level += 1) deep = level % 2 === 0 ? [deep] : { level: deep };
  return [
    null,
    0,
    -1.5e300,
    "",
    false,
    [],
    {},
    "ü, \u2028, \u0000 and \u{1f600}",
    "half of a pair: \ud83d",
    { ["__proto__"]: 1, "a.b": { "": [null] } },
    deep,
    "x".repeat(1_000_000),
  ];
}
