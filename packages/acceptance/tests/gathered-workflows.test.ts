import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { WorkflowEngine, WorkflowParser } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { root } from "./support/root.js";

const folder = path.join(root, "packages", "workflow", "tests", "fixtures", "workflows");
const files = readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name));

describe("real workflows of other projects", () => {
  test("there are nine of them", () => {
    expect(files).toHaveLength(9);
  });

  test.each(files)(
    "%s runs to its end, and no step starts before the steps it needs have finished",
    async (name) => {
      const source = readFileSync(path.join(folder, name), "utf8");
      const definition = new WorkflowParser().parse(
        source,
        name.endsWith(".json") ? "json" : "yaml",
      );
      const told: string[] = [];
      await using engine = await WorkflowEngine.open({
        database: ":memory:",
        agents: {
          "*": async ({ stepId }) => {
            told.push(`start ${stepId}`);
            await new Promise((resolve) => setImmediate(resolve));
            told.push(`finish ${stepId}`);
            return stepId;
          },
        },
      });
      const run = await engine.start(source);
      const { status, results } = await run.ending;
      const early = definition.steps.flatMap(({ id, dependencies }) =>
        dependencies
          .filter((needed) => told.indexOf(`finish ${needed}`) > told.indexOf(`start ${id}`))
          .map((needed) => `${id} before ${needed}`),
      );
      expect({ status, results, early, told: told.length }).toEqual({
        status: "completed",
        results: Object.fromEntries(definition.steps.map(({ id }) => [id, id])),
        early: [],
        told: definition.steps.length * 2,
      });
    },
  );
});
