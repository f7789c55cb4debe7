import { expect, test } from "vitest";
import { median } from "../src/statistics.ts";

test("the median is the middle value, or the mean of the two middle ones", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
});
