import { describe, expect, test } from "vitest";
import { placeInDefinition } from "../../src/definition/deciding-results.js";
import { prepareWorkflow } from "../../src/index.js";

/** The places of the steps whose results decide, in the order in which they are found. */
const deciding = (text: string): string =>
  [...prepareWorkflow(`id: w\n${text}`).decidingResults].join(" ");

/** A workflow with the step `a`, and a step of an agent with this line. */
const after = (line: string): string =>
  deciding(
    `steps:\n  - { id: a, agentId: w, task: t }\n` +
      `  - { id: b, agentId: w, task: "\${{ steps.a.output }}", dependencies: [a]${line} }\n`,
  );

const AGENT = "agentId: w, task: t";

describe("decidingResults", () => {
  test.each<[string, string, string]>([
    ["nothing, for a result that is only passed on", "", ""],
    ["the result in a condition", ", if: steps.a.output == 'x'", "a"],
    ["nothing, for a status in a condition", ", if: steps.a.status == 'failed'", ""],
    ["the result in a macro", ", if: 'steps.a.output.exists(x, x == 1)'", "a"],
    ["a list of items", ", foreach: steps.a.output, key: item.id", "a"],
    ["a list in the file with a result", `, foreach: ["\${{ steps.a.output }}"]`, "a"],
    ["the key of an item", ", foreach: [p, q], key: item + string(steps.a.output)", "a"],
    ["the condition of a loop", ", loop: { max: 2, until: steps.b.output == 'x' }", "b"],
    ["the round before", ", loop: { max: 2, until: previous == 'x' }", "b"],
    ["an answer that is checked", ", check: { that: output != '' }", "b"],
    ["what a check compares it with", ", check: { that: steps.a.output != '' }", "a"],
    ["the verdict of a judge", `, check: [{ run: [env] }, { ${AGENT} }]`, "b:check-1 b:check-2"],
    ["what reconciles it", `, effect: external, reconcile: { ${AGENT} }`, "b:reconcile"],
  ])("%s", (_, line, expected) => {
    expect(after(line)).toBe(expected);
  });

  test.each<[string, string, string]>([
    ["a question", `{ id: b, dependencies: [a], gate: { ask: "\${{ steps.a.output }}" } }`, "a"],
    [
      "what a question shows",
      `{ id: b, dependencies: [a], gate: { ask: "?", show: ["\${{ steps.a.output }}"] } }`,
      "a",
    ],
    ["an instant", "{ id: b, dependencies: [a], wait: { until: steps.a.output } }", "a"],
    [
      "the name of a signal",
      `{ id: b, dependencies: [a], wait: { signal: "x-\${{ steps.a.output }}" } }`,
      "a",
    ],
    [
      "why the run is stopped",
      `{ id: b, dependencies: [a], stop: { as: failed, reason: "\${{ steps.a.output }}" } }`,
      "a",
    ],
    [
      "the choice of an agent",
      `{ id: b, dependencies: [a], agentId: { from: steps.a.output, oneOf: [v] }, task: t }`,
      "a",
    ],
  ])("%s", (_, step, expected) => {
    expect(deciding(`steps:\n  - { id: a, ${AGENT} }\n  - ${step}\n`)).toBe(expected);
  });

  test("the outputs of the run, and of a group", () => {
    const text =
      `steps:\n  - { id: a, ${AGENT} }\n  - id: g\n    steps: [{ id: b, ${AGENT} }]\n` +
      `    outputs: { b: "\${{ steps.b.output }}" }\noutputs: { a: "\${{ steps.a.output }}" }\n`;
    expect(deciding(text)).toBe("g.b a");
  });

  test.each<[string, string, string]>([
    ["all steps of a group", "steps.g.output", "g.b g.c"],
    ["the step of a group that is read", "steps.g.output.c.n", "g.c"],
    ["the steps of a fan-out", "steps.f.output", "f.d f.e"],
    ["the step that is read of one item", "steps.f.output[0].e", "f.e"],
  ])("%s", (_, expression, expected) => {
    const text =
      `steps:\n  - id: g\n    steps: [{ id: b, ${AGENT} }, { id: c, ${AGENT} }]\n` +
      `  - id: f\n    foreach: [p]\n    steps: [{ id: d, ${AGENT} }, { id: e, ${AGENT} }]\n` +
      `  - { id: z, ${AGENT}, dependencies: [g, f], if: 'has(${expression})' }\n`;
    expect(deciding(text)).toBe(expected);
  });

  test("an id means the nearest step, and a handler sees those of the workflow", () => {
    const text =
      `steps:\n  - id: g\n    loop: { max: 2, until: steps.b.output == 'x' }\n` +
      `    steps: [{ id: b, ${AGENT} }]\n  - { id: c, ${AGENT} }\n` +
      `on: { always: [{ id: h, ${AGENT} }, { ${AGENT}, dependencies: [h], ` +
      `if: "steps.h.output == 'x' || has(steps.c.output)" }] }\n`;
    expect(deciding(text)).toBe("g.b :always.h c");
  });

  test.each([
    ["a", "a"],
    ["build[auth].fix#2.test", "build.fix.test"],
    ["each[a.b#1].x:check-2", "each.x:check-2"],
    [":failure.report[p]", ":failure.report"],
  ])("the place of %s is %s", (path, place) => {
    expect(placeInDefinition(path)).toBe(place);
  });
});
