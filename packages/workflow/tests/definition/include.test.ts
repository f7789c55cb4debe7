import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareWorkflow, prepareWorkflowFile, WorkflowParser } from "../../src/index.js";
import { GIVEN, issuesOf, marked, only, PART, write } from "./included-files.js";

describe("the definition of a step that includes a workflow", () => {
  test("is a group with the steps and outputs of the file, and what they see", () => {
    const folder = write({
      "w.yaml": only(`${GIVEN}, timeout: { total: 5m }, if: true`),
      "part.yaml": PART,
    });
    const { definition } = prepareWorkflowFile(join(folder, "w.yaml"));
    expect(definition).toMatchObject({ language: 2, limits: {} });
    expect(definition.steps).toEqual([
      {
        ...{ id: "a", name: "a", agentId: "@group", task: "", dependencies: [], parallel: true },
        ...{ retries: 0, continueOnError: false, if: "true", totalTimeout: 300_000 },
        steps: prepareWorkflow(PART).definition.steps,
        outputs: prepareWorkflow(PART).definition.outputs,
        module: {
          ...{ workflowId: "part", name: "part", version: "1.0.0", source: "./part.yaml" },
          inputs: {
            name: { required: true, schema: { type: "string" } },
            count: { required: false, default: 1, schema: { type: "number" } },
            note: { required: false, schema: { type: "string" } },
          },
          context: {},
          with: { name: "x" },
        },
      },
    ]);
  });

  test("has the defaults and the order of the file, not those around it", () => {
    const part =
      "id: p\norder: listed\ndefaults: { agentId: inner, retries: 2 }\n" +
      "steps: [{ id: x, task: t }, { id: y, task: t }]\n";
    const folder = write({
      "w.yaml": only("include: p.yaml", "defaults: { agentId: outer }\n"),
      "p.yaml": part,
    });
    const [step] = prepareWorkflowFile(join(folder, "w.yaml")).definition.steps;
    expect(step?.steps).toMatchObject([
      { id: "x", agentId: "inner", retries: 2, dependencies: [] },
      { id: "y", agentId: "inner", retries: 2, dependencies: ["x"], joins: { x: "listed" } },
    ]);
  });

  test("changes its hash with the file, however deep the file is", () => {
    const folder = write({
      "w.yaml": only("include: mid/m.yaml"),
      "mid/m.yaml": only("include: ./deep/d.yaml"),
      "mid/deep/d.yaml": only("agentId: b, task: { file: t.md }"),
      "mid/deep/t.md": "one",
    });
    const hash = (): string => prepareWorkflowFile(join(folder, "w.yaml")).hash;
    const before = hash();
    write({ "mid/deep/t.md": "two" }, folder);
    const after = hash();
    write({ "mid/deep/t.md": "one" }, folder);
    expect({ isChanged: before !== after, isBack: hash() === before }).toEqual({
      isChanged: true,
      isBack: true,
    });
  });

  test("takes the agents and limits of the file into the run", () => {
    const part =
      "agents: { mine: { command: [cat] }, both: { command: [cat] } }\n" +
      "limits: { concurrency: 2, fanOut: 5000, agents: { both: { concurrency: 3, rate: 5/min } } }\n";
    const folder = write({
      "w.yaml": only(
        "include: p.yaml",
        "agents: { both: { command: [cat] } }\n" +
          "limits: { concurrency: 4, agents: { both: { concurrency: 9 } } }\n",
      ),
      "p.yaml": `${only("agentId: both, task: t")}${part}`,
    });
    const { agents, limits } = prepareWorkflowFile(join(folder, "w.yaml")).definition;
    expect({ agents: Object.keys(agents), limits }).toEqual({
      agents: ["both", "mine"],
      limits: {
        concurrency: 2,
        fanOut: 5000,
        agents: { both: { concurrency: 3, rate: { count: 5, windowMs: 60_000 } } },
      },
    });
  });

  test("may be read from JSON, and from a file without an extension", async () => {
    const json = JSON.stringify({ id: "p", steps: [{ id: "x", agentId: "b", task: "t" }] });
    expect(await issuesOf({ "w.yaml": only("include: p.json"), "p.json": json })).toEqual([]);
    expect(
      await issuesOf({ "w.yaml": only("include: ./bare"), bare: only("agentId: b, task: t") }),
    ).toEqual([]);
  });

  test("is the same for text and data with a folder", () => {
    const folder = write({ "part.yaml": PART });
    const data = { id: "w", steps: [{ id: "a", include: "./part.yaml", with: { name: "x" } }] };
    expect(prepareWorkflow(data, { base: folder }).hash).toBe(
      prepareWorkflow(only(GIVEN), { base: folder }).hash,
    );
  });

  test("may be read by a reader of the caller", () => {
    const files = new Map([["/flows/sub/part.yaml", PART]]);
    const { definition } = prepareWorkflow(only("include: sub/part.yaml, with: { name: x }"), {
      base: "/flows",
      readFile: (path) => Buffer.from(files.get(path) ?? ""),
    });
    expect(definition.steps[0]?.module?.workflowId).toBe("part");
  });
});

describe("what a step gives the other workflow", () => {
  const check = (given: string, rest = "") =>
    issuesOf({ "w.yaml": only(`include: ./part.yaml${given}`, rest), "part.yaml": PART });

  test("must be all that the workflow needs", async () => {
    expect(await check("")).toEqual([
      ["AXW1611", "include", "the workflow `part` needs the input `name`"],
    ]);
    expect(await check(", with: {}")).toEqual([
      ["AXW1611", "with", "the workflow `part` needs the input `name`"],
    ]);
  });

  test("must be inputs of the workflow", async () => {
    const folder = write({ "part.yaml": PART });
    const text = only("include: ./part.yaml, with: { name: x, cuont: 2, other: 3 }");
    const { issues } = new WorkflowParser({ base: folder }).check(text);
    expect(issues.map((issue) => [issue.code, marked(issue), issue.message, issue.remedy])).toEqual(
      [
        ["AXW1611", "cuont", "`cuont` is not an input of the workflow `part`", "write `count`"],
        [
          "AXW1611",
          ...["other", "`other` is not an input of the workflow `part`"],
          "the inputs are `name`, `count`, `note`",
        ],
      ],
    );
  });

  test("must have the types of the inputs, also in expressions", async () => {
    expect(await check(", with: { name: 3, count: '3' }")).toEqual([
      ["AXW1611", "3", "`name` must be a string, not the number 3"],
      ["AXW1611", "'3'", '`count` must be a number, not the string "3"'],
    ]);
    expect(
      await check(
        ", with: { name: '${{ inputs.n }}', count: '${{ inputs.n }}' }",
        "inputs: { n: number }\n",
      ),
    ).toEqual([
      ["AXW1611", "'${{ inputs.n }}'", "`name` is declared as a string, the value is a number"],
    ]);
  });

  test("cannot be the directory of the run, which differs between hosts", async () => {
    const codes = (await check(", with: { name: '${{ run.dir }}' }")).map(([code, at]) => [
      code,
      at,
    ]);
    expect(codes).toEqual([["AXW1312", "run.dir"]]);
  });

  test("must not be null where the input is not", async () => {
    expect(
      await check(
        ", dependencies: [{ b: done }], with: { name: '${{ steps.b.output }}' } }\n" +
          "  - { id: b, agentId: x, task: t, output: { type: string }",
      ),
    ).toEqual([
      ["AXW1611", "'${{ steps.b.output }}'", "the value may be null, and `name` may not"],
    ]);
  });

  test("may be text around an expression, an item, and anything for `any`", async () => {
    expect(
      await check(", foreach: [p, q], with: { name: 'x ${{ item }}', count: '${{ index }}' }"),
    ).toEqual([]);
    const part = "id: part\ninputs: { a: array }\nsteps: [{ id: s, agentId: b, task: t }]\n";
    const text = only("include: ./part.yaml, with: { a: [1, { b: '${{ run.id }}' }] }");
    expect(await issuesOf({ "w.yaml": text, "part.yaml": part })).toEqual([]);
  });
});

describe("names in an included workflow", () => {
  test.each([
    ["the steps outside", "steps.before.output", "AXW1304"],
    ["the item outside", "item", "AXW1312"],
    ["the round outside", "round", "AXW1312"],
    ["the inputs outside", "inputs.outer", "AXW1306"],
    ["the end of the run", "run.status", "AXW1312"],
  ])("do not mean %s", async (_, expression, code) => {
    const outer =
      "id: w\ninputs: { outer: string }\nsteps:\n  - { id: before, agentId: b, task: t }\n" +
      "  - { id: a, dependencies: [before], foreach: [1], include: p.yaml }\n" +
      "on: { always: [{ include: p.yaml }] }\n";
    const part = only(`agentId: b, task: "\${{ ${expression} }}"`);
    expect(await issuesOf({ "w.yaml": outer, "p.yaml": part })).toMatchObject([
      [code, "p.yaml", expect.any(String), expect.any(String)],
    ]);
  });

  test("are known by type outside: the outputs of the file", async () => {
    const after = (expression: string): string =>
      `id: w\nsteps:\n  - { id: a, ${GIVEN} }\n` +
      `  - { id: b, dependencies: [a], agentId: x, task: t, if: "${expression}" }\n`;
    expect(
      await issuesOf({ "w.yaml": after("steps.a.output.size > 2"), "part.yaml": PART }),
    ).toEqual([]);
    expect(
      await issuesOf({ "w.yaml": after("steps.a.output.size == 'x'"), "part.yaml": PART }),
    ).toMatchObject([["AXW1401", "steps.a.output.size == 'x'", expect.any(String)]]);
    expect(
      await issuesOf({ "w.yaml": after("steps.a.output.sum > 2"), "part.yaml": PART }),
    ).toMatchObject([["AXW1403", "sum", expect.any(String)]]);
    expect(
      await issuesOf({ "w.yaml": after("steps.say.output == ''"), "part.yaml": PART }),
    ).toEqual([
      [
        "AXW1312",
        "steps.say.output",
        "`say` is a step of the workflow that `a` includes, which is not seen from here",
      ],
    ]);
  });

  test("mean a list of outputs for a fan-out, and the outputs of the last round for a loop", async () => {
    const after = (how: string, expression: string): string =>
      `id: w\nsteps:\n  - { id: a, ${how}, include: part.yaml, with: { name: x } }\n` +
      `outputs: { all: "\${{ ${expression} }}" }\n`;
    for (const [how, expression] of [
      ["foreach: [1, 2]", "steps.a.output.map(o, o.text)"],
      ["loop: { max: 3, until: steps.a.output.size > 1 }", "steps.a.output.text"],
    ] as const)
      expect(await issuesOf({ "w.yaml": after(how, expression), "part.yaml": PART })).toEqual([]);
    expect(
      await issuesOf({
        "w.yaml": after("loop: { max: 3, until: steps.say.output == 'x' }", "steps.a.output.text"),
        "part.yaml": PART,
      }),
    ).toMatchObject([
      ["AXW1607", "steps.say.output == 'x'", expect.any(String)],
      ["AXW1312", "steps.say.output", expect.any(String)],
    ]);
  });

  test("mean a map of the steps if the file has no outputs", async () => {
    const text = `${only("include: p.yaml")}outputs: { all: "\${{ steps.a.output.s.ok }}" }\n`;
    const part =
      "id: p\nsteps: [{ id: s, agentId: b, task: t, output: { type: object, required: [ok], properties: { ok: { type: boolean } } } }]\n";
    expect(await issuesOf({ "w.yaml": text, "p.yaml": part })).toEqual([]);
  });
});

describe("an included workflow", () => {
  test("has no conversation that an outer step could continue, and none of its steps has", async () => {
    const text = (from: string): string =>
      `id: w\nsteps:\n  - { id: a, ${GIVEN} }\n` +
      `  - { id: b, dependencies: [a], agentId: x, task: t, session: { from: ${from} } }\n`;
    expect(await issuesOf({ "w.yaml": text("a"), "part.yaml": PART })).toEqual([
      ["AXW1626", "a", "`a` is an included workflow, which has no conversation to continue"],
    ]);
    expect(await issuesOf({ "w.yaml": text("say"), "part.yaml": PART })).toEqual([
      ["AXW1626", "say", "no step has the id `say`"],
    ]);
  });
});

describe("a key that an included workflow decides itself", () => {
  test.each([
    ["outputs: { a: 1 }", "write `outputs` in the included workflow"],
    ["agentId: b", "set the agent in the included workflow; `with` can pass a value to it"],
    ["retries: 2", "set the retries in the included workflow, or repeat it with `loop`"],
    ["timeout: 5m", "write `timeout: { total: … }`, or set the timeout on the inner steps"],
  ])("is refused: %s", (keys, remedy) => {
    const folder = write({ "part.yaml": PART });
    const { issues } = new WorkflowParser({ base: folder }).check(only(`${GIVEN}, ${keys}`));
    expect(issues.map((issue) => [issue.code, issue.remedy])).toEqual([["AXW1603", remedy]]);
  });

  test("is renamed where another system says `uses`", () => {
    const folder = write({ "part.yaml": PART });
    const { issues } = new WorkflowParser({ base: folder }).check(
      only("uses: ./part.yaml, with: { name: x }"),
    );
    expect(issues.map(({ code, remedy, fix }) => [code, remedy, fix?.edits[0]?.text])).toEqual([
      ["AXW1101", "write `include`", "include"],
    ]);
  });

  test("is refused beside another kind", () => {
    const { issues } = new WorkflowParser().check(only("task: t, include: p.yaml"));
    expect(issues.map(({ code }) => code)).toContain("AXW1601");
  });
});
