import { describe, expect, test } from "vitest";
import { type Construct, NOT_YET } from "../../src/definition/not-yet.js";
import { WorkflowParser } from "../../src/index.js";

const parser = new WorkflowParser();

/** A file that uses one construct, and the line of its key. */
const SAMPLES: Readonly<Record<Construct, string>> = {
  "agentId.from": "    agentId: { from: \"'w'\", oneOf: [w] }\n    task: t\n",
  files: "    agentId: w\n    task: t\n    files: [a.md]\n",
  foreach: "    agentId: w\n    task: t\n    foreach: [p]\n",
  if: "    agentId: w\n    task: t\n    if: true\n",
  "inputs schema": "    agentId: w\n    task: t\ninputs: { n: integer }\n",
  join: "    agentId: w\n    task: t\n  - { id: b, agentId: w, task: t, dependencies: [{ a: done }] }\n",
  "limits.fanOut": "    agentId: w\n    task: t\nlimits: { fanOut: 2 }\n",
  loop: "    agentId: w\n    task: t\n    loop: { max: 2 }\n",
  order: "    agentId: w\n    task: t\norder: listed\n",
  output: "    agentId: w\n    task: t\n    output: { type: string }\n",
  outputs: "    agentId: w\n    task: t\noutputs: { n: 1 }\n",
  reasks: "    agentId: w\n    task: t\n    reasks: 1\n",
  run: "    run: [env]\n",
  steps: "    steps: [{ id: b, agentId: w, task: t }]\n",
  "task.file": "    agentId: w\n    task: { file: t.md }\n",
  with: "    agentId: w\n    task: t\n    with: { a: b }\n",
};

const codesOf = (construct: Construct) =>
  parser.validate(`id: w\nsteps:\n  - id: a\n${SAMPLES[construct]}`).map(({ code }) => code);

describe("a construct that the engine does not execute yet", () => {
  test("is refused, and no other construct is", () => {
    const refused = (Object.keys(SAMPLES) as Construct[]).filter((construct) =>
      codesOf(construct).includes("AXW1620"),
    );
    expect(refused).toEqual([...NOT_YET]);
  });
});
