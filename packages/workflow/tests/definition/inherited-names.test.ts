import { describe, expect, test } from "vitest";
import { renderTask, WorkflowParser } from "../../src/index.js";

const NAMES = [...Object.getOwnPropertyNames(Object.prototype), "prototype"];
const parser = new WorkflowParser();
const step = { id: "a", agentId: "w", task: "t" };

/** The codes for a JSON text in which `@` is replaced by the name: `__proto__` is a key there. */
function codesOf(workflow: object, name: string): string[] {
  return parser
    .validate(JSON.stringify(workflow).replaceAll("@", name), "json")
    .map(({ code }) => code);
}

describe("a name that every object inherits", () => {
  test.each(NAMES)("is refused as an id: %s", (name) => {
    const asId = [
      codesOf({ id: "@", steps: [step] }, name),
      codesOf({ id: "w", steps: [{ ...step, id: "@" }] }, name),
      codesOf({ id: "w", steps: [{ ...step, agentId: "@" }] }, name),
    ];
    expect(asId).toEqual([["AXW1105"], ["AXW1105"], ["AXW1105"]]);
  });

  test.each(NAMES)("is refused as the name of an input or an agent: %s", (name) => {
    const code = name === "__proto__" ? "AXW1012" : "AXW1105";
    const asKey = [
      codesOf({ id: "w", inputs: { "@": "string" }, steps: [step] }, name),
      codesOf({ id: "w", agents: { "@": { preset: "claude" } }, steps: [step] }, name),
    ];
    expect(asKey).toEqual([[code], [code]]);
  });

  test.each(NAMES)("is an unknown key in a workflow or a step: %s", (name) => {
    const code = name === "__proto__" ? "AXW1012" : "AXW1101";
    expect([
      codesOf({ id: "w", "@": 1, steps: [step] }, name),
      codesOf({ id: "w", steps: [{ ...step, "@": 1 }] }, name),
    ]).toEqual([[code], [code]]);
  });

  test.each(NAMES.filter((name) => name !== "__proto__"))(
    "is an ordinary key in context, metadata and environment: %s",
    (name) => {
      const text = JSON.stringify({
        id: "w",
        context: { "@": { x: "kept" } },
        metadata: { "@": 1 },
        agents: { w: { command: ["c"], env: { "@": "e" } } },
        steps: [{ ...step, task: "${{ context.@.x }}" }],
      }).replaceAll("@", name);
      const { context, metadata, agents, steps } = parser.parse(text, "json");
      const rendered = renderTask(steps[0]?.task ?? "", {
        results: () => undefined,
        inputs: {},
        context,
      });
      const env = agents["w"]?.env ?? {};
      expect([rendered, metadata[name], env[name], Object.keys(env)]).toEqual([
        { ok: true, text: "kept" },
        1,
        "e",
        [name],
      ]);
    },
  );

  test.each(NAMES)("is unknown as a step, an input or a context key: %s", (name) => {
    const workflow = {
      id: "w",
      inputs: {},
      context: {},
      steps: [
        {
          ...step,
          dependencies: ["@"],
          task: "${{ steps.@.output }} ${{ inputs.@ }} ${{ context.@ }}",
        },
      ],
    };
    expect(codesOf(workflow, name)).toEqual(["AXW1304", "AXW1306", "AXW1307", "AXW1202"]);
  });

  test("leaves Object.prototype unchanged", () => {
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(
      NAMES.filter((name) => name !== "prototype").sort(),
    );
  });
});
