import { misfitOf } from "@automatosx/workflow/drive";
import { describe, expect, test } from "vitest";
import { generateValue } from "../../src/test-files/generate/generate-value.js";
import { Folder, ndjson } from "../harness/axw.js";
import { mismatches } from "./play.js";

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

/** The values of 60 seeds for a schema, each once. */
function valuesOf(schema: unknown): unknown[] {
  const texts = SEEDS.map((seed) => JSON.stringify(generateValue(schema, "a", seed)));
  return [...new Set(texts)].map((text) => JSON.parse(text) as unknown);
}

describe("generateValue", () => {
  test("reaches every value of an enum", () => {
    const values = valuesOf({ enum: ["low", "high", null, 3] });
    expect(new Set(values)).toEqual(new Set([3, "high", "low", null]));
  });

  test("reaches the shortest and the longest list, and both presences of a property", () => {
    const lists = valuesOf({ type: "array", minItems: 0, maxItems: 2, items: { const: 1 } });
    expect(new Set(lists)).toEqual(new Set([[], [1], [1, 1]]));
    const objects = valuesOf({ type: "object", properties: { size: { const: 1 } } });
    expect(objects).toEqual(expect.arrayContaining([{}, { size: 1 }]));
    expect(objects).toHaveLength(2);
  });

  test("reaches the limits of numbers and of texts", () => {
    expect(valuesOf({ type: "integer", minimum: -3, maximum: 4 })).toEqual(
      expect.arrayContaining([-3, 4, 0]),
    );
    const lengths = valuesOf({ type: "string", minLength: 2, maxLength: 7 }).map(
      (text) => Array.from(text as string).length,
    );
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([2, 7]);
    expect(valuesOf({ type: "string" })).toContain("");
  });

  test("gives every item of a list a text of its own", () => {
    for (const seed of SEEDS) {
      const list = generateValue(
        { type: "array", minItems: 3, items: { type: "string" } },
        "a",
        seed,
      );
      expect(new Set(list as string[]).size).toBe(3);
    }
  });

  test.each([
    { type: "object", required: ["a", "b"], additionalProperties: { type: "integer" } },
    { type: ["string", "null", "boolean"] },
    { anyOf: [{ type: "string" }, { type: "array", items: { type: "number" } }] },
    {
      type: "object",
      required: ["kind"],
      oneOf: [
        { properties: { kind: { const: "a" } } },
        { properties: { kind: { const: "b" } }, required: ["size"] },
      ],
    },
    { oneOf: [{ type: "integer" }, { type: "number", maximum: 0 }] },
    { type: "array", minItems: 2, items: { type: "array", items: { enum: [1] }, minItems: 1 } },
    { type: "number", minimum: 0.25, maximum: 0.5 },
    { type: "integer", minimum: 2.5 },
    {},
  ])("fits the schema %j for every seed, and is the same for the same seed", (schema) => {
    for (const seed of SEEDS) {
      const value = generateValue(schema, "place", seed);
      expect([misfitOf(schema, value), value]).toEqual([
        undefined,
        generateValue(schema, "place", seed),
      ]);
    }
  });

  test("is undefined for a schema that no value fits", () => {
    expect(generateValue({ oneOf: [{ const: 1 }, { const: 1 }] }, "a", 1)).toBeUndefined();
  });
});

const TYPED = `
id: typed
steps:
  - id: rate
    agentId: judge
    task: Rate it
    output:
      type: object
      required: [risk]
      properties: { risk: { enum: [low, high] } }
  - { id: fix, agentId: worker, task: Fix it, dependencies: [rate], if: steps.rate.output.risk == 'high' }
`;

describe("an agent without a behaviour", () => {
  test("answers with a value that fits the `output` of its step, if the case lists no agents", async () => {
    const expected = { status: "completed", launches: { judge: 1 } };
    expect(
      await mismatches(TYPED, { expect: { ...expected, results: { rate: { risk: "low" } } } }),
    ).toEqual([]);
  });

  test("answers with other values for another seed", async () => {
    const folder = new Folder({
      "flow.yaml": TYPED,
      "flow.test.json": JSON.stringify({
        workflow: "flow.yaml",
        cases: [{ id: "high", expect: { results: { rate: { risk: "high" } } } }],
      }),
    });
    const codes = await Promise.all(
      ["1", "2"].map(async (seed) => (await folder.here(["test", "--seed", seed])).code),
    );
    expect(new Set(codes)).toEqual(new Set([0, 1]));
  });

  test("generates its answers beside scripted agents with `generate`", async () => {
    const agents = { judge: { json: { risk: "high" } }, worker: { generate: true } };
    const expected = { status: "completed", launches: { judge: 1, worker: 1 } };
    expect(await mismatches(TYPED, { agents, expect: expected })).toEqual([]);
  });
});

const flows = (text: string) => new Folder({ "flow.yaml": text });

describe("axw test WORKFLOW", () => {
  test("plays a workflow file with generated answers, a seed at a time", async () => {
    const { code, stdout } = await flows(TYPED).here(["test", "flow.yaml", "--seeds", "7"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "passed  flow.yaml  (7 seeds)\n1 passed, 0 failed\n",
    });
  });

  test("answers gates, sends signals, lets time pass and starts no program", async () => {
    const folder = flows(`
id: waits
steps:
  - { id: ask, gate: { ask: Ship it?, form: { size: [small, large] }, onReject: continue } }
  - { id: pause, wait: { for: 30d } }
  - { id: hear, wait: { signal: deployed, form: { ok: boolean } } }
  - { id: make, run: [touch, made], dependencies: [ask, pause, hear] }
outputs: { ok: "\${{ steps.hear.output.ok }}" }
`);
    const { stdout, code } = await folder.here(["test", "flow.yaml", "--seeds", "5"]);
    expect({ code, stdout, made: folder.has("made") }).toEqual({
      code: 0,
      stdout: "passed  flow.yaml  (5 seeds)\n1 passed, 0 failed\n",
      made: false,
    });
  });

  test("gives results without a schema what expressions read: fields, items, the data of signals", async () => {
    const folder = flows(`
id: loose
steps:
  - { id: find, agentId: finder, task: Find }
  - { id: each, agentId: reader, task: "\${{ item }}", foreach: steps.find.output, dependencies: [find] }
  - { id: draft, agentId: writer, task: Write }
  - { id: hear, wait: { signal: deployed } }
  - id: tell
    agentId: writer
    task: "\${{ steps.draft.output.title }} \${{ steps.hear.output.url }}"
    dependencies: [draft, hear]
`);
    const { code, stdout } = await folder.here(["test", "flow.yaml", "--seeds", "10"]);
    expect([code, stdout]).toEqual([0, "passed  flow.yaml  (10 seeds)\n1 passed, 0 failed\n"]);
  });

  test("fails for the first seed with which an expression fails, and prints how to repeat it", async () => {
    const folder = flows(`
id: broken
inputs: { names: { type: array, items: { type: string } } }
steps:
  - { id: greet, agentId: writer, task: "Hello \${{ inputs.names[0] }}" }
`);
    const { code, stdout } = await folder.here(["test", "flow.yaml"]);
    const [first, place] = stdout.split("\n");
    expect({ code, first, place: place?.trim() }).toEqual({
      code: 1,
      first: "failed  flow.yaml",
      place: "run",
    });
    const [, seed = ""] = /axw test flow\.yaml --seed (\d+)/u.exec(stdout) ?? [];
    const again = await folder.here(["test", "flow.yaml", "--seed", seed, "--json"]);
    expect([again.code, ndjson(again.stdout)[0]]).toEqual([
      1,
      expect.objectContaining({
        outcome: "failed",
        brokenSeed: expect.objectContaining({ seed: Number(seed), inputs: { names: [] } }),
      }),
    ]);
  });

  test("reports a rejected gate, a failed check and used-up rounds as ends, not as failures", async () => {
    const folder = flows(`
id: ends
steps:
  - { id: ask, gate: { ask: Ship it? } }
  - id: build
    agentId: worker
    task: Build
    output: { type: object, required: [ok], properties: { ok: { type: boolean } } }
    check: [{ that: output.ok, message: not ok }]
  - id: polish
    loop: { max: 2, until: steps.look.output.done }
    steps:
      - id: look
        agentId: worker
        task: Look
        output: { type: object, required: [done], properties: { done: { type: boolean } } }
`);
    const { code, stdout } = await folder.here(["test", "flow.yaml", "--seeds", "30"]);
    expect([code, stdout]).toEqual([0, "passed  flow.yaml  (30 seeds)\n1 passed, 0 failed\n"]);
  });

  test("reports the errors of a workflow that is not valid", async () => {
    const folder = flows("id: bad\nsteps:\n  - { id: a, agentId: writer, tusk: Write }\n");
    const { code, stdout } = await folder.here(["test", "flow.yaml"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("a valid workflow")]);
  });
});
