import { expect, test } from "vitest";
import { readRealGraphs } from "../src/graphs/real-graphs.ts";
import { brokenBounds } from "../src/rows/real-graphs.ts";

test("84 real graphs finish in critical-path time, and with limited slots within Graham's bound", () => {
  const graphs = readRealGraphs();
  expect([graphs.length, brokenBounds(graphs)]).toEqual([84, []]);
});
