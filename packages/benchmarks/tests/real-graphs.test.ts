import { expect, test } from "vitest";
import { readRealGraphs } from "../src/graphs/real-graphs.ts";
import { brokenBounds } from "../src/rows/real-graphs.ts";

test("the core runs 84 real graphs in their critical path, and with slots within Graham's bound", () => {
  const graphs = readRealGraphs();
  expect([graphs.length, brokenBounds(graphs)]).toEqual([84, []]);
});
