import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WorkflowParser } from "../../src/index.js";
import { GIVEN, issuesOf, marked, only, PART, write } from "./included-files.js";

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
    const folder = write({ "flows/sub/x.yaml": "", "flows/notes.txt": "", "outside.yaml": PART });
    writeFileSync(join(folder, "flows", "binary.yaml"), new Uint8Array([0xff, 0xfe, 0x00]));
    symlinkSync(join(folder, "outside.yaml"), join(folder, "flows", "link.yaml"));
    write({ "flows/w.yaml": only(`include: "${file}"`) }, folder);
    const { issues } = await new WorkflowParser().checkFile(join(folder, "flows", "w.yaml"));
    expect(issues.map((issue) => [issue.code, marked(issue), issue.message])).toEqual([
      ["AXW1609", `"${file}"`, message],
    ]);
  });

  test("is accepted outside the folder of the workflow if the root contains both", async () => {
    const folder = write({
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
        ["AXW1609", "p.yaml", `\`p.yaml\` has \`${key}\`, which belongs to a run of its own`],
      ]);
    },
  );

  test("is named by the path as the step has it, no matter where the workflow is", async () => {
    const part = `${only("agentId: b, task: t")}budget: { launches: 5 }\n`;
    const folder = write({ "w.yaml": only("include: ./sub/p.yaml"), "sub/p.yaml": part });
    const { issues } = await new WorkflowParser().checkFile(join(folder, "w.yaml"));
    expect(issues.map(({ message }) => message)).toEqual([
      "`sub/p.yaml` has `budget`, which belongs to a run of its own",
    ]);
  });

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
