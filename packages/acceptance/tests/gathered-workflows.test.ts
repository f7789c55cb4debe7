import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { WorkflowEngine, WorkflowParser } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { root } from "./support/root.js";

const folder = path.join(root, "packages", "workflow", "tests", "fixtures", "workflows");
const files = readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name));

describe("a workflow gathered from another project", () => {
  test("is one of nine fixtures", () => {
    expect(files).toHaveLength(9);
  });

  test.each(files)(
    "%s completes, and no step starts before its dependencies finish",
    async (name) => {
      const source = readFileSync(path.join(folder, name), "utf8");
      const definition = new WorkflowParser().parse(
        source,
        name.endsWith(".json") ? "json" : "yaml",
      );
      const log: string[] = [];
      await using engine = await WorkflowEngine.open({
        database: ":memory:",
        agents: {
          "*": async ({ stepId }) => {
            log.push(`start ${stepId}`);
            await new Promise((resolve) => setImmediate(resolve));
            log.push(`finish ${stepId}`);
            return stepId;
          },
        },
      });
      const run = await engine.start(source);
      const { status, results } = await run.ending;
      const early = definition.steps.flatMap(({ id, dependencies }) =>
        dependencies
          .filter((needed) => log.indexOf(`finish ${needed}`) > log.indexOf(`start ${id}`))
          .map((needed) => `${id} before ${needed}`),
      );
      expect({ status, results, early, log: log.length }).toEqual({
        status: "completed",
        results: Object.fromEntries(definition.steps.map(({ id }) => [id, id])),
        early: [],
        log: definition.steps.length * 2,
      });
    },
  );
});
