import { describe, expect, test } from "vitest";
import { fixDefinition } from "../../src/index.js";
import { WAITING_FIXES } from "./fix-cases-waiting.js";
import { EXPRESSION_CASES } from "./issue-cases-expressions.js";
import { ITEM_CASES } from "./issue-cases-items.js";
import { KEY_CASES } from "./issue-cases-keys.js";
import { KIND_CASES } from "./issue-cases-kinds.js";
import { NAME_CASES } from "./issue-cases-names.js";
import { GRAPH_CASES } from "./issue-cases-steps.js";
import { TEXT_CASES } from "./issue-cases-text.js";
import { TYPE_CASES } from "./issue-cases-types.js";
import { WARNING_CASES } from "./issue-cases-warnings.js";
import { plainVariants } from "./plain-variants.js";

const CASES = [
  ...TEXT_CASES,
  ...KEY_CASES,
  ...KIND_CASES,
  ...GRAPH_CASES,
  ...EXPRESSION_CASES,
  ...NAME_CASES,
  ...TYPE_CASES,
  ...ITEM_CASES,
  ...WARNING_CASES,
];

const INPUTS = "id: w\ninputs: { ok: boolean, name: string }\nsteps:\n";

/** A wrong text, the same text after the safe fixes, and the codes of the fixes in order. */
const FIXED: readonly (readonly [what: string, text: string, fixed: string, codes: string])[] = [
  [
    "adds an edge to a flow list",
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: c, agentId: w, task: t }\n  - { id: b, agentId: w, task: "\${{ steps.a.output }}", dependencies: [c] } # last\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: c, agentId: w, task: t }\n  - { id: b, agentId: w, task: "\${{ steps.a.output }}", dependencies: [c, a] } # last\n`,
    "AXW1305",
  ],
  [
    "adds several edges to a step without any",
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: c, agentId: w, task: t }\n  - id: b # joins\n    agentId: w\n    task: "\${{ steps.a.output }} \${{ steps.c.output }}"\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: c, agentId: w, task: t }\n  - id: b # joins\n    dependencies: [a, c]\n    agentId: w\n    task: "\${{ steps.a.output }} \${{ steps.c.output }}"\n`,
    "AXW1305 AXW1305",
  ],
  [
    "adds an edge to the group around an inner step",
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - id: g\n    steps:\n      - { id: b, agentId: w, task: "\${{ steps.a.output }}" }\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - id: g\n    dependencies: [a]\n    steps:\n      - { id: b, agentId: w, task: "\${{ steps.a.output }}" }\n`,
    "AXW1305",
  ],
  [
    "adds an edge that waits for a step to end",
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: x, agentId: w, task: t }\n  - { id: mid, agentId: w, task: t, dependencies: [a, x] }\n  - id: d\n    agentId: w\n    task: "\${{ steps.x.output }}"\n    dependencies:\n      - mid: done\n      - a\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: x, agentId: w, task: t }\n  - { id: mid, agentId: w, task: t, dependencies: [a, x] }\n  - id: d\n    agentId: w\n    task: "\${{ steps.x.output }}"\n    dependencies:\n      - mid: done\n      - a\n      - { x: done }\n`,
    "AXW1305",
  ],
  [
    "quotes a condition that begins with an exclamation mark",
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: !inputs.ok # note\n`,
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: "!inputs.ok" # note\n`,
    "AXW1009",
  ],
  [
    "quotes conditions that end at a comma and at a bracket",
    `${INPUTS}  - { id: a, agentId: w, task: t, if: contains(inputs.name, 'x'), retries: 1 }\n  - { id: b, agentId: w, task: t, if: [1, 2].exists(x, x > 1) }\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t, if: "contains(inputs.name, 'x')", retries: 1 }\n  - { id: b, agentId: w, task: t, if: "[1, 2].exists(x, x > 1)" }\n`,
    "AXW1303 AXW1303",
  ],
  [
    "quotes a condition that a comment cuts",
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: inputs.name == 'issue #12'\n`,
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: "inputs.name == 'issue #12'"\n`,
    "AXW1303",
  ],
  [
    "quotes a condition with a colon, which is not valid YAML",
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: inputs.name == 'a: b'\n`,
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: "inputs.name == 'a: b'"\n`,
    "AXW1001",
  ],
  [
    "writes operators of the language",
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: inputs.name = 'a' and inputs.ok\n`,
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: inputs.name == 'a' && inputs.ok\n`,
    "AXW1301 AXW1301",
  ],
  [
    "removes braces around a part of a condition",
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: \${{ inputs.name }} == 'a'\n`,
    `${INPUTS}  - id: a\n    agentId: w\n    task: t\n    if: inputs.name == 'a'\n`,
    "AXW1301",
  ],
  [
    "guards an optional value in a condition",
    `id: w\ninputs: { x: { type: string, required: false } }\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    if: inputs.x == 'a' || inputs.x == 'b'\n`,
    `id: w\ninputs: { x: { type: string, required: false } }\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    if: has(inputs.x) && (inputs.x == 'a' || inputs.x == 'b')\n`,
    "AXW1404",
  ],
  [
    "moves a value from a script to its environment",
    `${INPUTS}  - id: a\n    run:\n      script: |\n        echo \${{ inputs.name }}\n        echo "got \${{ inputs.name }}"\n`,
    `${INPUTS}  - id: a\n    run:\n      env: { NAME: "\${{ inputs.name }}" }\n      script: |\n        echo "$NAME"\n        echo "got \${NAME}"\n`,
    "AXW1621 AXW1621",
  ],
  [
    "renames keys of other systems",
    `${INPUTS}  - { id: a, agent: w, prompt: t }\n  - { id: b, agent: w, prompt: t, needs: [a] }\n`,
    `${INPUTS}  - { id: a, agentId: w, task: t }\n  - { id: b, agentId: w, task: t, dependencies: [a] }\n`,
    "AXW1101 AXW1101 AXW1101 AXW1101 AXW1101",
  ],
];

/** Texts whose fix is a guess, or would change what runs. */
const UNCHANGED: readonly (readonly [what: string, text: string])[] = [
  ["a misspelt key", `${INPUTS}  - { id: a, agentId: w, tsak: t }\n`],
  ["a misspelt input", `${INPUTS}  - { id: a, agentId: w, task: "\${{ inputs.nmae }}" }\n`],
  ["a timeout in seconds", `${INPUTS}  - { id: a, agentId: w, task: t, timeoutSeconds: 30 }\n`],
  ["a template of another system", `${INPUTS}  - { id: a, agentId: w, task: "{{ name }}" }\n`],
  ["a task cut by a comment", `${INPUTS}  - id: a\n    agentId: w\n    task: see #12\n`],
  [
    "a missing edge that would make a cycle",
    `${INPUTS}  - { id: a, agentId: w, task: "\${{ steps.b.output }}" }\n  - { id: b, agentId: w, task: t, dependencies: [a] }\n`,
  ],
  [
    "a value in single quotes of a script",
    `${INPUTS}  - { id: a, run: { script: "echo '\${{ inputs.name }}'" } }\n`,
  ],
  [
    "a value in single quotes after a `#` that begins no comment",
    `${INPUTS}  - { id: a, run: { script: "echo $# '\${{ inputs.name }}'" } }\n`,
  ],
  [
    "a value in a script of another shell",
    `${INPUTS}  - { id: a, run: { script: "print(\${{ inputs.name }})", shell: [python3] } }\n`,
  ],
];

describe("fixDefinition", () => {
  test.each([...FIXED, ...WAITING_FIXES])("%s", (_, text, fixed, codes) => {
    const outcome = fixDefinition(text, { format: "yaml" });
    expect({
      text: outcome.text,
      codes: outcome.applied.map(({ code }) => code).join(" "),
      left: outcome.outcome.issues.filter(({ severity }) => severity === "error"),
    }).toEqual({ text: fixed, codes, left: [] });
  });

  test.each([...FIXED, ...WAITING_FIXES])("changes nothing the second time: %s", (_, text) => {
    const once = fixDefinition(text, { format: "yaml" }).text;
    expect(fixDefinition(once, { format: "yaml" })).toMatchObject({ text: once, applied: [] });
  });

  test.each(UNCHANGED)("leaves %s as it is", (_, text) => {
    expect(fixDefinition(text, { format: "yaml" })).toMatchObject({ text, applied: [] });
  });

  test("adds edges to JSON in its layout", () => {
    const steps = [
      { id: "a", agentId: "w", task: "t" },
      { id: "b", agentId: "w", task: "${{ steps.a.output }}" },
    ];
    const found = [undefined, 2].map(
      (indent) =>
        fixDefinition(JSON.stringify({ id: "w", steps }, null, indent), { format: "json" }).text,
    );
    const [first] = steps;
    const expected = [first, { id: "b", dependencies: ["a"], agentId: "w", task: steps[1]?.task }];
    expect(found.map((text) => (JSON.parse(text) as { steps: unknown }).steps)).toEqual([
      expected,
      expected,
    ]);
    expect(found[1]).toContain('\n      "id": "b",\n      "dependencies": ["a"],\n');
  });

  test("fixes every wrong text at once: a second time, nothing is left to fix", () => {
    const texts = [
      ...CASES.map(({ what, text, format }) => ({ name: what, text, format })),
      ...plainVariants(),
    ];
    let fixed = 0;
    const wrong = texts.flatMap(({ name, text, format }) => {
      const options = format === undefined ? { format: "yaml" as const } : { format };
      const first = fixDefinition(text, options);
      if (first.applied.length === 0) return first.text === text ? [] : [name];
      fixed += 1;
      const again = fixDefinition(first.text, options);
      const isDone = again.text === first.text && again.applied.length === 0;
      return isDone && first.text !== text ? [] : [name];
    });
    expect({ wrong, isEnough: fixed > 30 }).toEqual({ wrong: [], isEnough: true });
  });
});

test("fixDefinition adds no edge to a step whose `dependencies` is misspelt", () => {
  const text =
    "id: w\nsteps:\n  - { id: a, agentId: w, task: t }\n" +
    '  - { id: b, agentId: w, task: "${{ steps.a.output }}", dependecies: [a] }\n';
  const { outcome, ...rest } = fixDefinition(text, { format: "yaml" });
  const issues = outcome.issues.map(({ code, remedy }) => [code, remedy]);
  expect({ ...rest, issues }).toEqual({
    text,
    applied: [],
    issues: [["AXW1101", "write `dependencies`"]],
  });
});
