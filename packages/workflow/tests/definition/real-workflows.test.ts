import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { hashDefinition, WorkflowParser } from "../../src/index.js";

const folder = new URL("../fixtures/workflows/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const parser = new WorkflowParser();

describe("workflows of other projects", () => {
  test("consist of nine files", () => {
    expect(files.length).toBe(9);
  });

  test.each(files)("are valid and run in an order that respects every edge: %s", (file) => {
    const outcome = parser.check(textOf(file), "yaml");
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.issues));
    const { nodes, edges, executionOrder } = outcome.workflow.graph;
    const batchOf = new Map(
      executionOrder.flatMap((batch, index) => batch.map((id) => [id, index] as const)),
    );
    const written = parseYaml(textOf(file)) as {
      steps: { id: string; dependencies?: string[] }[];
    };
    const expectedEdges = written.steps.flatMap(({ id, dependencies = [] }) =>
      dependencies.map((dependency) => [dependency, id]),
    );
    const broken = edges.filter(
      ([from, to]) => (batchOf.get(from) ?? Infinity) >= (batchOf.get(to) ?? -1),
    );
    expect({ nodes, edges, broken, placed: batchOf.size }).toEqual({
      nodes: written.steps.map(({ id }) => id),
      edges: expectedEdges,
      broken: [],
      placed: written.steps.length,
    });
  });

  test.each(files)("mean the same when written as JSON, compact or indented: %s", (file) => {
    const yaml = parser.parse(textOf(file), "yaml");
    const json = JSON.stringify(parseYaml(textOf(file)));
    const others = [
      parser.parse(json, "json"),
      parser.parse(JSON.stringify(JSON.parse(json), null, 2), "json"),
      parser.parse(json, "yaml"),
    ];
    expect(others).toEqual([yaml, yaml, yaml]);
    expect(new Set([yaml, ...others].map(hashDefinition)).size).toBe(1);
  });
});
