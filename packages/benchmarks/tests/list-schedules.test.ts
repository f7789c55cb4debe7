import { expect, test } from "vitest";
import {
  bestListMakespan,
  criticalPathHeights,
  listMakespan,
} from "../src/graphs/list-schedules.ts";

// Tasks 0 and 1 are listed first; the critical path is 2 → 3 → 4.
const graph = { name: "late", n: 5, deps: [[], [], [], [2], [3]], ms: [3, 3, 2, 2, 2] };

test("a task's height is the time from its start to the end along the longest path", () => {
  expect(criticalPathHeights(graph)).toEqual([3, 3, 6, 4, 2]);
});

test("listMakespan depends on priorities when there are fewer slots than ready tasks", () => {
  const asWritten = graph.ms.map((_, index) => -index);
  expect([
    listMakespan(graph, 2, asWritten),
    listMakespan(graph, 2, criticalPathHeights(graph)),
  ]).toEqual([9, 6]);
});

test("bestListMakespan is the total work with one slot, and the critical path with many", () => {
  expect([1, 2, 5].map((slots) => bestListMakespan(graph, slots))).toEqual([12, 6, 6]);
});
