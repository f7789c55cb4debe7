import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { prepareWorkflow, WorkflowParser } from "../../src/index.js";

const FOLDER = new URL("../../library/", import.meta.url);
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/, ""));

describe("a workflow of the library", () => {
  test("is known by its name, and the names are listed for a wrong one", () => {
    const { issues } = new WorkflowParser().check(
      "id: w\nsteps: [{ id: a, include: library:none }]",
    );
    expect(issues.map(({ code, remedy }) => [code, remedy])).toEqual([
      ["AXW1609", `write one of ${NAMES.map((name) => `\`library:${name}\``).join(", ")}`],
    ]);
  });

  test.each(NAMES)("is valid in a workflow without a folder: %s", (name) => {
    const text = `id: w\nsteps: [{ id: a, include: library:${name} }]`;
    const { issues } = new WorkflowParser().check(text);
    // What it needs is missing, and nothing else is wrong.
    expect(issues.filter(({ code }) => code !== "AXW1611")).toEqual([]);
  });

  test("becomes part of the definition", () => {
    const given = `{ question: q, options: [x, y], members: [{ name: n, view: v }, { name: m, view: v }] }`;
    const text = `id: w\nsteps: [{ id: a, include: library:discussion, with: ${given} }]`;
    const [step] = prepareWorkflow(text).definition.steps;
    expect([step?.module?.source, step?.steps?.map(({ id }) => id)]).toEqual([
      "library:discussion",
      ["debate", "summary"],
    ]);
  });
});
