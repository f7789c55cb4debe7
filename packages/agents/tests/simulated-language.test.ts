import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentRequest } from "@automatosx/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { simulatedAgent } from "../src/simulated/simulated-agent.js";
import type { TaskTexts } from "../src/simulated/simulated-answer.js";
import { valueOfSchema } from "../src/simulated/value-of-schema.js";
import { testRequest } from "../src/testing/index.js";

function answer(given: Partial<AgentRequest>, workflow?: TaskTexts): Promise<unknown> {
  const agent = simulatedAgent(workflow === undefined ? {} : { workflow });
  return agent.execute({ ...testRequest().request, ...given });
}

describe("valueOfSchema", () => {
  test.each([
    [{ type: "string" }, "x"],
    [{ type: "string", minLength: 4 }, "x..."],
    [{ type: "string", maxLength: 0 }, ""],
    [{ enum: ["low", "high"] }, "low"],
    [{ const: { a: 1 } }, { a: 1 }],
    [{ type: ["integer", "null"], minimum: 1.5 }, 2],
    [{ type: "number", maximum: -3 }, -3],
    [{ type: "boolean" }, true],
    [{ type: "null" }, null],
    [{ anyOf: [{ type: "array", items: { type: "number" } }, { type: "null" }] }, [0]],
    [{ type: "array", minItems: 2, items: { type: "string" } }, ["x[0]", "x[1]"]],
    [{ type: "array", maxItems: 0 }, []],
    [{}, "x"],
    [
      { type: "object", required: ["b"], properties: { a: { type: "integer" } } },
      { a: 0, b: "x.b" },
    ],
  ])("makes a value for %j", (schema, expected) => {
    expect(valueOfSchema(schema, "x")).toEqual(expected);
  });

  test("ends for a schema of any depth", () => {
    let schema: object = { type: "string" };
    for (let depth = 0; depth < 300; depth += 1)
      schema = { type: "object", properties: { a: schema } };
    expect(JSON.stringify(valueOfSchema(schema, "x"))).toBe(
      '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}',
    );
  });
});

describe("a simulated agent", () => {
  test("answers by the schema of the step, and marks the answer where there is room", async () => {
    const properties = { risk: { enum: ["low", "high"] } };
    const open = await answer({ schema: { type: "object", properties } });
    const closed = await answer({
      schema: { type: "object", properties, additionalProperties: false },
    });
    expect([open, closed]).toEqual([
      expect.objectContaining({ simulated: true, risk: "low" }),
      { risk: "low" },
    ]);
  });

  test("runs no program: it gives what the step's output looks like", async () => {
    const run = { command: ["no-such-program"] };
    expect([
      await answer({ run }),
      await answer({ run: { ...run, okExitCodes: [3, 0] } }),
      await answer({ run, schema: { type: "array", items: { type: "integer" } } }),
    ]).toEqual([
      expect.stringMatching(/^\[simulated\] /),
      { stdout: expect.stringMatching(/^\[simulated\] /) as string, exitCode: 3 },
      [0],
    ]);
  });

  test("writes each declared file, with its path as the text", async () => {
    const runDirectory = mkdtempSync(join(tmpdir(), "simulated-"));
    onTestFinished(() => rmSync(runDirectory, { recursive: true, force: true }));
    await answer({ runDirectory, files: ["a.md", "notes/b.md"] });
    const texts = ["a.md", "notes/b.md"].map((path) =>
      readFileSync(join(runDirectory, path), "utf8"),
    );
    expect(texts).toEqual(["a.md", "notes/b.md"]);
  });

  test("gives what conditions, lists and inner steps read of a result", async () => {
    const steps = [
      { id: "plan", task: "" },
      { id: "b", task: "", if: "steps.plan.output.title.contains('x')" },
      {
        id: "c",
        task: "${{ item.name }}",
        foreach: { in: "steps.plan.output.modules", as: "item", key: "item.id" },
      },
      { id: "g", task: "", steps: [{ id: "h", task: "${{ steps.plan.output.deep.a }}" }] },
    ];
    expect(await answer({ stepId: "plan" }, { steps })).toMatchObject({
      title: expect.any(String) as string,
      modules: [{ name: expect.any(String) as string, id: expect.any(String) as string }],
      deep: { a: expect.any(String) as string },
    });
  });

  test("finds what is read of a step in an item or a round by the id of the step", async () => {
    const steps = [{ id: "b", task: "${{ steps.test.output.passed }}" }];
    expect(await answer({ stepId: "build[a.b].fix#2.test" }, { steps })).toHaveProperty("passed");
    expect(await answer({ stepId: "test[x.y]" }, { steps })).toHaveProperty("passed");
  });
});
