import { expect, test } from "vitest";
import { byteSize } from "../../../src/page/health/byte-size.js";

test("byteSize uses the largest unit that fits", () => {
  expect([812, 1024, 41_234_567, 3 * 1024 ** 4].map(byteSize)).toEqual([
    "812 bytes",
    "1.0 KB",
    "39.3 MB",
    "3.0 TB",
  ]);
});
