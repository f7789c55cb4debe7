import { expect, test } from "vitest";
import { brokenBounds, readRealGraphs } from "../src/real-graphs.ts";

test("the 84 real graphs take their critical path, and with slots no more than Graham's bound", () => {
  const graphs = readRealGraphs();
  expect([graphs.length, brokenBounds(graphs)]).toEqual([84, []]);
});
