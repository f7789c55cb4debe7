import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareWorkflow, prepareWorkflowFile, WorkflowParser } from "../../src/index.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "include-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files below the folder of the test. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** The text that the excerpt of an issue marks. */
function marked({ excerpt = "" }: { readonly excerpt?: string }): string {
  const [line = "", marks = ""] = excerpt.split("\n").slice(-2);
  return line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1);
}

/** The issues of `w.yaml`: the code, the file if it is another, the text at the place, the message. */
async function issuesOf(files: Readonly<Record<string, string>>, options: object = {}) {
  write(files);
  const { issues } = await new WorkflowParser(options).checkFile(join(folder, "w.yaml"));
  return issues.map((issue) => [
    issue.code,
    ...(issue.file === undefined ? [] : [issue.file.replace(`${folder}/`, "")]),
    marked(issue),
    issue.message.replaceAll(`${folder}/`, ""),
  ]);
}

const PART = `id: part
inputs: { name: string, count: { type: number, default: 1 }, note: { type: string, required: false } }
steps: [{ id: say, agentId: echo, task: "hello \${{ inputs.name }}" }]
outputs: { text: "\${{ steps.say.output }}", size: "\${{ inputs.count }}" }
`;

/** A workflow whose one step has these keys. */
const only = (keys: string, rest = ""): string => `id: w\nsteps:\n  - { id: a, ${keys} }\n${rest}`;
const GIVEN = "include: ./part.yaml, with: { name: x }";

describe("the definition of a step that includes a workflow", () => {
  test("is a group with the steps and outputs of the file, and what they see", () => {
    write({ "w.yaml": only(`${GIVEN}, timeout: { total: 5m }, if: true`), "part.yaml": PART });
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
    write({ "w.yaml": only("include: p.yaml", "defaults: { agentId: outer }\n"), "p.yaml": part });
    const [step] = prepareWorkflowFile(join(folder, "w.yaml")).definition.steps;
    expect(step?.steps).toMatchObject([
      { id: "x", agentId: "inner", retries: 2, dependencies: [] },
      { id: "y", agentId: "inner", retries: 2, dependencies: ["x"], joins: { x: "listed" } },
    ]);
  });

  test("changes its hash with the file, however deep the file is", () => {
    write({
      "w.yaml": only("include: mid/m.yaml"),
      "mid/m.yaml": only("include: ./deep/d.yaml"),
      "mid/deep/d.yaml": only("agentId: b, task: { file: t.md }"),
      "mid/deep/t.md": "one",
    });
    const hash = (): string => prepareWorkflowFile(join(folder, "w.yaml")).hash;
    const before = hash();
    write({ "mid/deep/t.md": "two" });
    const after = hash();
    write({ "mid/deep/t.md": "one" });
    expect({ isChanged: before !== after, isBack: hash() === before }).toEqual({
      isChanged: true,
      isBack: true,
    });
  });

  test("takes the agents and limits of the file into the run", () => {
    const part =
      "agents: { mine: { command: [cat] }, both: { command: [cat] } }\n" +
      "limits: { concurrency: 2, fanOut: 5000, agents: { both: { concurrency: 3, rate: 5/min } } }\n";
    write({
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
    write({ "p.json": JSON.stringify({ id: "p", steps: [{ id: "x", agentId: "b", task: "t" }] }) });
    write({ bare: only("agentId: b, task: t") });
    expect(await issuesOf({ "w.yaml": only("include: p.json") })).toEqual([]);
    expect(await issuesOf({ "w.yaml": only("include: ./bare") })).toEqual([]);
  });

  test("is the same for text and data with a folder", () => {
    write({ "part.yaml": PART });
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

describe("a file that cannot be included", () => {
  test.each([
    ["./none.yaml", "there is no file `./none.yaml`"],
    ["../outside.yaml", "`../outside.yaml` is outside the root of the workflow"],
    ["/etc/hosts.yaml", "`/etc/hosts.yaml` is an absolute path"],
    ["link.yaml", "`link.yaml` is outside the root of the workflow"],
    ["sub", "the file `sub` cannot be read: not a file"],
    ["notes.txt", "`notes.txt` is neither YAML nor JSON"],
    ["binary.yaml", "the file is not UTF-8"],
    [
      "https://example.org/w.yaml",
      "`https://example.org/w.yaml` is an address, and only files are read",
    ],
    [
      "${{ inputs.file }}",
      "`${{ inputs.file }}` contains a template, but it is read before a run starts",
    ],
    ["library:none", "there is no library workflow `none`"],
  ])("is reported at its path: %s", async (file, message) => {
    write({ "flows/sub/x.yaml": "", "flows/notes.txt": "", "outside.yaml": PART });
    writeFileSync(join(folder, "flows", "binary.yaml"), new Uint8Array([0xff, 0xfe, 0x00]));
    symlinkSync(join(folder, "outside.yaml"), join(folder, "flows", "link.yaml"));
    write({ "flows/w.yaml": only(`include: "${file}"`) });
    const { issues } = await new WorkflowParser().checkFile(join(folder, "flows", "w.yaml"));
    expect(issues.map((issue) => [issue.code, marked(issue), issue.message])).toEqual([
      ["AXW1609", `"${file}"`, message],
    ]);
  });

  test("is accepted outside the folder of the workflow if the root contains both", async () => {
    write({
      "shared/part.yaml": PART,
      "flows/w.yaml": only(`include: ../shared/part.yaml, with: { name: x }`),
    });
    const file = join(folder, "flows", "w.yaml");
    expect((await new WorkflowParser({ root: folder }).checkFile(file)).issues).toEqual([]);
    expect((await new WorkflowParser().checkFile(file)).issues).toMatchObject([
      { code: "AXW1609" },
    ]);
  });

  test("is reported when it contains itself, with the way", async () => {
    expect(
      await issuesOf({
        "w.yaml": only("include: sub/b.yaml"),
        "sub/b.yaml": only("include: ./c.yaml"),
        "sub/c.yaml": only("include: ../w.yaml"),
      }),
    ).toEqual([
      [
        "AXW1610",
        ...["sub/c.yaml", "../w.yaml"],
        "`../w.yaml` contains itself: w.yaml → sub/b.yaml → sub/c.yaml → w.yaml",
      ],
    ]);
    expect(await issuesOf({ "w.yaml": only("workflow: ./w.yaml") })).toEqual([
      ["AXW1610", "./w.yaml", "`./w.yaml` contains itself: w.yaml → w.yaml"],
    ]);
  });

  test("is reported when it is more than 8 workflows deep, also where it was read before", async () => {
    const levels = (count: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, level) => [
          `l${level + 1}.yaml`,
          only(level + 1 === count ? "agentId: b, task: t" : `include: l${level + 2}.yaml`),
        ]),
      );
    expect(await issuesOf({ ...levels(8), "w.yaml": only("include: l1.yaml") })).toEqual([]);
    expect(await issuesOf({ ...levels(9), "w.yaml": only("include: l1.yaml") })).toMatchObject([
      [
        "AXW1610",
        "l8.yaml",
        "l9.yaml",
        expect.stringContaining("more than 8 workflows deep: w.yaml → l1"),
      ],
    ]);
    const known =
      "id: w\nsteps:\n  - { id: b, include: l2.yaml }\n  - { id: a, include: l1.yaml }\n";
    expect(await issuesOf({ ...levels(9), "w.yaml": known })).toMatchObject([
      [
        "AXW1610",
        ...["l1.yaml", "l2.yaml"],
        "with what it contains, `l2.yaml` is more than 8 workflows deep: w.yaml → l1.yaml → l2.yaml",
      ],
    ]);
  });

  test("is reported when all of them have too many steps or characters", async () => {
    const steps = Array.from(
      { length: 60 },
      (_, at) => `  - { id: s${at}, agentId: b, task: t }\n`,
    );
    const many = Array.from({ length: 9 }, (_, at) => `  - { id: i${at}, include: p.yaml }\n`);
    const text = `id: w\nsteps:\n${many.join("")}`;
    const files = { "p.yaml": `id: p\nsteps:\n${steps.join("")}`, "w.yaml": text };
    expect(await issuesOf(files, { maxSteps: 500 })).toEqual([
      ["AXW1110", "p.yaml", "with the included workflows there are more than 500 steps"],
    ]);
    const large = only(`agentId: b, task: "${"x".repeat(1_000_000)}"`);
    expect(await issuesOf({ "p.yaml": large, "w.yaml": text })).toEqual([
      [
        "AXW1003",
        "p.yaml",
        "the workflow and its files have more than 8388608 characters in total",
      ],
    ]);
  });

  test("is reported once, at the places in the file, however often it is included", async () => {
    const part = "id: p\nsteps:\n  - { id: s, agentId: b, task: '${{ inputs.nme }}', tsk: x }\n";
    expect(
      await issuesOf({
        "w.yaml":
          "id: w\nsteps:\n  - { id: a, include: p.yaml }\n  - { id: b, include: ./q.yaml }\n",
        "q.yaml": only("include: p.yaml"),
        "p.yaml": part,
      }),
    ).toEqual([
      ["AXW1306", "p.yaml", "inputs.nme", "the input `nme` is not declared"],
      ["AXW1101", "p.yaml", "tsk", expect.any(String)],
    ]);
  });

  test("keeps its warnings, each with the file", async () => {
    const part = `version: 1.10\n${PART}`;
    expect(await issuesOf({ "w.yaml": only(GIVEN), "part.yaml": part })).toMatchObject([
      ["AXW1114", "part.yaml", "1.10", expect.any(String)],
    ]);
  });
});

describe("what a run has as a whole", () => {
  test.each(["budget: { launches: 5 }", "on: { always: [{ agentId: b, task: t }] }"])(
    "is not included: %s",
    async (line) => {
      const part = `${only("agentId: b, task: t")}${line}\n`;
      const key = line.split(":")[0] ?? "";
      expect(await issuesOf({ "w.yaml": only("include: p.yaml"), "p.yaml": part })).toEqual([
        [
          "AXW1609",
          "p.yaml",
          `\`p.yaml\` has \`${key}\`, which belongs to a run, and it is included in this one`,
        ],
      ]);
    },
  );

  test("does not end by a stop in a file that a handler includes", async () => {
    const text = `${only("agentId: b, task: t")}on: { failure: [{ include: p.yaml }] }\n`;
    expect(await issuesOf({ "w.yaml": text, "p.yaml": only("stop: { as: failed }") })).toEqual([
      ["AXW1628", "p.yaml", "`p.yaml` has a stop, and handlers run when the end is decided"],
    ]);
  });

  test("has one definition for each agent, and one rate", async () => {
    const agent = (command: string): string =>
      `${only("agentId: b, task: t")}agents: { b: { command: [${command}] } }\n`;
    const files = { "p.yaml": agent("cat"), "q.yaml": agent("tac") };
    const two = "id: w\nsteps:\n  - { id: a, include: p.yaml }\n  - { id: c, include: q.yaml }\n";
    expect(await issuesOf({ ...files, "w.yaml": two })).toEqual([
      ["AXW1108", "q.yaml", "`q.yaml` and `p.yaml` define the agent `b` differently"],
    ]);
    const rate = (value: string): string => `limits: { agents: { b: { rate: ${value} } } }\n`;
    expect(
      await issuesOf({
        "w.yaml": only("include: p.yaml", rate("5/min")),
        "p.yaml": `${only("agentId: b, task: t")}${rate("6/min")}`,
      }),
    ).toEqual([
      [
        "AXW1108",
        "p.yaml",
        "`p.yaml` and this workflow define the rate of the agent `b` differently",
      ],
    ]);
  });

  test("counts agents, reserves and launches of included steps", async () => {
    const part = "id: p\nsteps: [{ id: x, foreach: [1, 2], agentId: b, task: t }]\n";
    expect(
      await issuesOf({
        "w.yaml": only(
          "include: p.yaml",
          "limits: { agents: { b: { concurrency: 1 } } }\nbudget: { usd: 5 }\n",
        ),
        "p.yaml": part,
      }),
    ).toEqual([["AXW1702", "p.yaml", "`b` has no reserve of `usd`, which the budget limits"]]);
    const items = JSON.stringify(Array.from({ length: 501 }, (_, at) => at));
    expect(
      await issuesOf({
        "w.yaml": only(`foreach: ${items}, include: p.yaml`),
        "p.yaml": only("loop: { max: 100 }, include: q.yaml"),
        "q.yaml": part,
      }),
    ).toMatchObject([["AXW1619", "foreach", expect.stringContaining("100200 launches")]]);
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
    write({ "part.yaml": PART });
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

describe("a key that an included workflow decides itself", () => {
  test.each([
    ["outputs: { a: 1 }", "write `outputs` in the included workflow"],
    ["agentId: b", "set the agent in the included workflow; `with` can pass a value to it"],
    ["retries: 2", "set the retries in the included workflow, or repeat it with `loop`"],
    ["timeout: 5m", "write `timeout: { total: … }`, or set the timeout on the inner steps"],
  ])("is refused: %s", (keys, remedy) => {
    write({ "part.yaml": PART });
    const { issues } = new WorkflowParser({ base: folder }).check(only(`${GIVEN}, ${keys}`));
    expect(issues.map((issue) => [issue.code, issue.remedy])).toEqual([["AXW1603", remedy]]);
  });

  test("is refused beside another kind", () => {
    const { issues } = new WorkflowParser({ base: folder }).check(only("task: t, include: p.yaml"));
    expect(issues.map(({ code }) => code)).toContain("AXW1601");
  });
});
