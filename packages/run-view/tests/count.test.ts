import { expect, test } from "vitest";
import { grouped } from "../src/index.js";

test("grouped: separates the thousands of a number, and leaves its fraction", () => {
  const numbers = [0, 7, 999, 1000, 1284, 1_000_000, 12_345_678, 1234.5];
  expect(numbers.map(grouped)).toEqual([
    ...["0", "7", "999", "1,000", "1,284", "1,000,000", "12,345,678", "1,234.5"],
  ]);
});
