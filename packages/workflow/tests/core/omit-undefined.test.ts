import { expect, expectTypeOf, test } from "vitest";
import { omitUndefined } from "../../src/core/omit-undefined.js";

test("omitUndefined drops undefined members and keeps null, false and empty ones", () => {
  const members = { a: 1, b: undefined as string | undefined, c: null, d: false, e: "" };
  const kept = omitUndefined(members);
  expect(Object.entries(kept)).toEqual([
    ["a", 1],
    ["c", null],
    ["d", false],
    ["e", ""],
  ]);
  expectTypeOf(kept.a).toEqualTypeOf<number>();
  expectTypeOf<{ b?: string }>().toExtend<Pick<typeof kept, "b">>();
});
