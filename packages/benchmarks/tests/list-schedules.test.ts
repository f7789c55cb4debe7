import { expect, test } from "vitest";
import {
  bestListMakespan,
  criticalPathHeights,
  listMakespan,
} from "../src/graphs/list-schedules.ts";

// 0 and 1 are short and first in the file; 2 is what everything waits for: 2 → 3 → 4.
const graph = { name: "late", n: 5, deps: [[], [], [], [2], [3]], ms: [3, 3, 2, 2, 2] };

test("a task's height is the time from its start to the end along the longest way", () => {
  expect(criticalPathHeights(graph)).toEqual([3, 3, 6, 4, 2]);
});

test("with a slot fewer than ready tasks, the order of priority decides the makespan", () => {
  const asWritten = graph.ms.map((_, index) => -index);
  expect([
    listMakespan(graph, 2, asWritten),
    listMakespan(graph, 2, criticalPathHeights(graph)),
  ]).toEqual([9, 6]);
});

test("the best list schedule takes all the work with one slot and the critical path with many", () => {
  expect([1, 2, 5].map((slots) => bestListMakespan(graph, slots))).toEqual([12, 6, 6]);
});
