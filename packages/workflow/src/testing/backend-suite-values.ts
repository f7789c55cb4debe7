import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BackendCase } from "./backend-suite-case.js";
import { ODD_ERRORS, ODD_RESULTS } from "./backend-suite-oddities.js";
import { trialWorkflow } from "./backend-suite-trial.js";

/** The largest result that a row contains is shorter than this, in characters. */
const LONGEST_ROW = 500_000;
const MEGABYTE = 1_000_000;
const JOINED = 1000;
const JOIN_MS = 900_000;

/** Which values are handed on, and how. */
export const values: readonly BackendCase[] = [
  {
    number: 10,
    name: "templates",
    promise: "fills in every kind of reference byte for byte, and fails a step that lacks a value",
    async run(trial) {
      const workflow = trialWorkflow(
        {
          first: { result: { text: "a\n“ü” \u2028 $& $$", list: [1, { deep: null }], zero: 0 } },
          tells: {
            after: ["first"],
            keys: {
              task:
                "${{ steps.first.output.text }}|${{ steps.first.output.list }}|" +
                "${{ steps.first.output.zero }}|${{ inputs.name }}|${{ inputs.data }}|" +
                "${{ context.place }}|${{ default(inputs.absent, 'none') }}|$ { {{ }} |\t",
              with: {
                script: { tells: true },
                list: "${{ steps.first.output.list }}",
                text: "<${{ inputs.name }}>",
                whole: "${{ inputs.data }}",
              },
            },
          },
          lacks: {
            after: ["first"],
            keys: {
              task: "${{ steps.first.output.missing }}",
              with: { script: { tells: true } },
              continueOnError: true,
            },
          },
        },
        {
          inputs: {
            name: "string",
            data: "object",
            absent: { type: "string", required: false },
          },
          context: { place: "here" },
        },
      );
      const inputs = { name: 'O\'Brien "é" \u{1f600}', data: { b: [true, null], a: "1" } };
      const runId = await trial.start(workflow, { inputs, context: { place: "there", more: 1 } });
      strictEqual((await trial.rest(runId)).status, "completed");
      const { tells, lacks } = await trial.results(runId);
      deepStrictEqual(
        { tells, lacks },
        {
          tells: {
            task:
              'a\n“ü” \u2028 $& $$|[1,{"deep":null}]|0|O\'Brien "é" \u{1f600}|' +
              '{"b":[true,null],"a":"1"}|there|none|$ { {{ }} |\t',
            with: {
              list: [1, { deep: null }],
              text: '<O\'Brien "é" \u{1f600}>',
              whole: inputs.data,
            },
            inputs,
            context: { place: "there", more: 1 },
          },
          lacks: undefined,
        },
      );
      const [failure] = await trial.payloads(runId, "step_failed");
      deepStrictEqual([failure?.["stepId"], failure?.["reason"]], ["lacks", "expression"]);
      strictEqual(trial.started().includes("lacks#1"), false);
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
  {
    number: 12,
    name: "large-results",
    promise: "carries a result of 30 MB, and joins 800 of 50 kB, and its rows refer to them",
    async run(trial) {
      const wide = Array.from({ length: 800 }, (_, n) => `w${n}`);
      const steps = {
        big: { size: 30 * MEGABYTE },
        ...Object.fromEntries(wide.map((id) => [id, { size: 50_000 }])),
        length: {
          after: ["big"],
          keys: {
            task: "${{ size(steps.big.output) }}",
            with: { script: { tells: true } },
          },
        },
        sum: { after: wide, keys: { with: { script: { result: "joined" } }, task: "join" } },
      };
      const workflow = trialWorkflow(steps, { limits: { concurrency: 50 } });
      const runId = await trial.start(workflow);
      strictEqual((await trial.rest(runId)).status, "completed");
      const rows = await trial.rows(runId);
      const longest = Math.max(...rows.map(({ payload }) => payload.length));
      ok(longest < LONGEST_ROW, `a row has ${longest} characters`);
      const { length } = await trial.results(runId);
      deepStrictEqual((length as { task: string }).task, String(30 * MEGABYTE));
    },
  },
  {
    number: 56,
    name: "large-join",
    promise: "joins 1,000 results of 1 MB, each of which differs from the others",
    isLong: true,
    async run(trial) {
      const wide = Array.from({ length: JOINED }, (_, n) => `w${n}`);
      const workflow = trialWorkflow(
        {
          ...Object.fromEntries(wide.map((id) => [id, { size: MEGABYTE }])),
          join: { after: wide, measures: true },
        },
        { limits: { concurrency: 20 } },
      );
      const began = trial.harness.clock.now();
      const runId = await trial.start(workflow);
      await trial.until(
        `run ${runId} has ended`,
        async () => (await trial.summary(runId)).finishedAt !== undefined,
        JOIN_MS,
      );
      const seconds = ((trial.harness.clock.now() - began) / 1000).toFixed(1);
      trial.state(`the run took ${seconds} s`);
      const peak = await trial.harness.peakMemory?.();
      if (peak !== undefined)
        trial.state(`the deciding process held up to ${Math.round(peak / MEGABYTE)} MB`);
      strictEqual((await trial.summary(runId)).error, undefined);
      const rows = await trial.rows(runId);
      const longest = Math.max(...rows.map(({ payload }) => payload.length));
      ok(longest < LONGEST_ROW, `a row has ${longest} characters`);
      const completed = await trial.payloads(runId, "step_completed");
      const joined = completed.find(({ stepId }) => stepId === "join");
      deepStrictEqual(joined?.["result"], { results: JOINED, characters: JOINED * MEGABYTE });
    },
  },
  {
    number: 13,
    name: "odd-results",
    promise: "fails an attempt whose result is not JSON, or that throws what is no error",
    async run(trial) {
      const odd = [...ODD_RESULTS, ...ODD_ERRORS];
      const steps = Object.fromEntries(
        odd.map((name) => [name, { odd: name, keys: { continueOnError: true } }]),
      );
      const runId = await trial.start(trialWorkflow(steps));
      strictEqual((await trial.rest(runId)).status, "completed");
      const failures = await trial.payloads(runId, "step_failed");
      const reasons = Object.fromEntries(
        failures.map(({ stepId, reason }) => [String(stepId), reason]),
      );
      deepStrictEqual(reasons, {
        ...Object.fromEntries(ODD_RESULTS.map((name) => [name, "invalid"])),
        ...Object.fromEntries(ODD_ERRORS.map((name) => [name, "error"])),
      });
      const texts = failures.map(({ error }) => String(error));
      ok(texts.every((text) => text.length > 0 && text.isWellFormed()));
      ok(texts.some((text) => text.includes("an object that was thrown")));
    },
  },
];

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
    { then: "no promise" },
    deep,
    "x".repeat(1_000_000),
  ];
}
