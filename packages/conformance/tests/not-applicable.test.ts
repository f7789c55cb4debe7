import { BACKEND_CASES } from "@automatosx/workflow/testing";
import { expect, test } from "vitest";
import { BACKENDS } from "../src/backends.ts";
import allowed from "../src/not-applicable.json" with { type: "json" };

test("every case that may be not applicable exists, and its backend too", () => {
  const names = new Set(BACKEND_CASES.map(({ name }) => name));
  const listed = Object.values(allowed).flatMap((cases) => Object.keys(cases));
  expect([Object.keys(allowed), listed.filter((name) => !names.has(name))]).toEqual([
    Object.keys(BACKENDS),
    [],
  ]);
});

test("no two cases have one number or one name", () => {
  const numbers = new Set(BACKEND_CASES.map(({ number }) => number));
  const names = new Set(BACKEND_CASES.map(({ name }) => name));
  expect([numbers.size, names.size]).toEqual([BACKEND_CASES.length, BACKEND_CASES.length]);
});
