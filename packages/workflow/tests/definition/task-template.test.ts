import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderTask } from "../../src/index.js";

const values = {
  results: (stepId: string) =>
    stepId === "build"
      ? { files: [{ name: "a.ts" }], text: "${{ inputs.secret }}", none: null }
      : undefined,
  inputs: { feature: "login", secret: "s3cret", n: 3 },
  context: {
    repo: { name: "shop", tags: ["x", "y"] },
    "my key": "mine",
    "a.b": { "}}": ["deep"] },
  },
};

describe("renderTask", () => {
  test.each([
    ["plain text", "Do it", "Do it"],
    ["an input", "Do ${{ inputs.feature }}!", "Do login!"],
    ["a reference without spaces", "${{inputs.feature}}", "login"],
    ["a reference over three lines", "${{\n  inputs.feature\n}}", "login"],
    ["a field of a result", "See ${{ steps.build.output.files[0].name }}", "See a.ts"],
    ["a whole result as compact JSON", "${{ steps.build.output.files }}", '[{"name":"a.ts"}]'],
    ["numbers and null", "${{ inputs.n }} ${{ steps.build.output.none }}", "3 null"],
    ["the context", "${{ context.repo.tags[1] }}", "y"],
    ["a key that is no name", '${{ context["my key"] }}', "mine"],
    ["a key in single quotes", "${{ context['a.b'][\"}}\"][0] }}", "deep"],
    ["a name in brackets", '${{ steps["build"]["output"]["files"][0].name }}', "a.ts"],
    ["an expression", "${{ inputs.n + 1 }} ${{ join(context.repo.tags, ', ') }}", "4 x, y"],
    ["an escaped mark as a literal", "$${{ inputs.feature }}", "${{ inputs.feature }}"],
    ["an escaped mark after a dollar", "$$${{ x", "$${{ x"],
    ["other braces", "{{ inputs.feature }} }} ${x} $ {", "{{ inputs.feature }} }} ${x} $ {"],
    [
      "a value with a mark, which stays text",
      "${{ steps.build.output.text }}",
      "${{ inputs.secret }}",
    ],
  ])("renders %s", (_, task, text) => {
    expect(renderTask(task, values)).toEqual({ ok: true, text });
  });

  test.each([
    [
      "a missing result",
      "${{ steps.other.output }}",
      "`steps.other.output` is missing: the step has no result",
    ],
    [
      "a missing field",
      "${{ steps.build.output.file }}",
      "`steps.build.output.file` is missing: `steps.build.output` has `files`, `text`, `none`",
    ],
    [
      "an index past the end",
      "${{ context.repo.tags[2] }}",
      "`context.repo.tags[2]` is missing: `context.repo.tags` is a list of 2",
    ],
    [
      "a field of a list",
      "${{ context.repo.tags.length }}",
      "`context.repo.tags.length` is missing: `context.repo.tags` is a list of 2. " +
        "Write `size(context.repo.tags)`",
    ],
    [
      "a field of text",
      "${{ inputs.feature.length }}",
      "`inputs.feature.length` is missing: `inputs.feature` is text. Write `size(inputs.feature)`",
    ],
    [
      "a field of null",
      "${{ steps.build.output.none.x }}",
      "`steps.build.output.none.x` is missing: `steps.build.output.none` is null",
    ],
    [
      "an unknown input",
      "${{ inputs.x }}",
      "`inputs.x` is missing: `inputs` has `feature`, `secret`, `n`",
    ],
    [
      "a property that every object inherits",
      "${{ context.constructor }}",
      "`context.constructor` is missing: `context` has `repo`, `my key`, `a.b`",
    ],
    [
      "the prototype of a result",
      "${{ steps.build.output.__proto__ }}",
      "`steps.build.output.__proto__` is missing: `steps.build.output` has `files`, `text`, `none`",
    ],
    [
      "a key that is missing",
      '${{ context["a.b"]["c d"] }}',
      '`context["a.b"]["c d"]` is missing: `context["a.b"]` has `}}`',
    ],
    [
      "a key that is not closed",
      'a ${{ context["my key }}',
      "this text is not closed (at character 15 of the task)",
    ],
    [
      "an expression that is not finished",
      "a ${{ 1 + }}",
      "expected a value, but found the end (at character 11 of the task)",
    ],
    [
      "an open reference",
      "a ${{ inputs.n",
      "this `${{` is not closed (at character 3 of the task)",
    ],
  ])("refuses %s", (_, task, error) => {
    expect(renderTask(task, values)).toEqual({ ok: false, error });
  });

  test("refuses a value that is not JSON", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const answers = [cyclic, () => 1, 1n].map((x) =>
      renderTask("${{ context.x }}", { ...values, context: { x } }),
    );
    expect(answers).toEqual(Array(3).fill({ ok: false, error: "`context.x` is not JSON" }));
  });

  test("refuses a task that its values make longer than 500,000,000 characters", () => {
    const task = "${{ context.x }}".repeat(6);
    const context = { x: "x".repeat(100_000_000) };
    expect(renderTask(task, { ...values, context })).toEqual({
      ok: false,
      error:
        "the text, with its values, is longer than the limit of 500000000 " +
        "characters. Write large values to files, and refer to the paths of the files",
    });
  });

  test("leaves the text around a reference and the inserted text unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (around, value) => {
        fc.pre(!around.includes("${{") && !around.endsWith("$"));
        const rendered = renderTask(`${around}\${{ inputs.v }}${around}`, {
          ...values,
          inputs: { v: value },
        });
        expect(rendered).toEqual({ ok: true, text: `${around}${value}${around}` });
      }),
    );
  });
});
