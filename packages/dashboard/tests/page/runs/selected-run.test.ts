import { describe, expect, test, vi } from "vitest";
import { linkId, neighbour } from "../../../src/page/runs/selected-run.js";

vi.mock("../../../src/page/shell/location.js", () => ({}));
vi.mock("../../../src/page/shell/keys.js", () => ({}));

describe("neighbour", () => {
  const runs = ["a", "b", "c"];

  test.each([
    ["the next one", "a", 1, "b"],
    ["the one before", "b", -1, "a"],
    ["no further than the last", "c", 1, "c"],
    ["no further than the first", "a", -1, "a"],
    ["the first, if none is selected", undefined, 1, "a"],
    ["the last, if none is selected", undefined, -1, "c"],
    ["the first, if the selected one is of another page", "x", 1, "a"],
  ] as const)("%s", (_, from, step, expected) => {
    expect(neighbour(runs, from, step)).toBe(expected);
  });

  test("an empty list has none", () => {
    expect(neighbour([], "a", 1)).toBeUndefined();
    expect(linkId("a")).toBe("run-a");
  });
});
