import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Expressions } from "../../src/index.js";
import { differences, golden } from "./play-golden.js";

/**
 * `golden-expressions.json` is never edited: a definition keeps the meaning that it was written
 * with. Its outcomes come from an interpreter that was written without this one, and, where the two
 * differ in a decision, from decision 035. New expressions go into a new file.
 */
describe("the golden file of expressions", () => {
  test("has the bytes that it was made with", () => {
    const bytes = readFileSync(path.join(import.meta.dirname, "golden-expressions.json"));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      "3c68fa50c1c2af540763e194610b0e00d154d1ce5ebf331365e3cf9564dcd448",
    );
  });

  test("has the outcome of every expression", () => {
    expect(differences()).toEqual([]);
  });

  test("has every function, every pair of operators, and every kind of failure", () => {
    const texts = golden.cases.map(({ expression }) => expression);
    const operators = "|| && == != < <= > >= in + - * / %".split(" ");
    const pairs = operators.flatMap((first) =>
      operators.map((second) => `8 ${first} 4 ${second} 2`),
    );
    const functions = [...Expressions.functionNames, "has", "default", "if"];
    const macros = ["exists", "all", "map", "filter"];
    const outcomes = golden.cases.map((found) =>
      "gives" in found ? "a value" : "fails" in found ? found.fails : found.refused,
    );
    expect({
      atLeast2000: texts.length >= 2000,
      pairs: pairs.filter((pair) => !texts.includes(pair)),
      functions: functions.filter(
        (name) => !texts.some((text) => new RegExp(`(?:^|\\.)${name}\\(`).test(text)),
      ),
      macros: macros.filter((name) => !texts.some((text) => text.includes(`.${name}(`))),
      outcomes: [...new Set(outcomes)].sort(),
    }).toEqual({
      atLeast2000: true,
      pairs: [],
      functions: [],
      macros: [],
      outcomes: ["AXW1301", "AXW1313", "a value", "limit", "range", "reference", "type", "value"],
    });
  });

  test("has the same outcomes on a Node that generates no code and has no `__proto__`", () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        "--disallow-code-generation-from-strings",
        "--disable-proto=throw",
        path.join(import.meta.dirname, "play-golden.ts"),
      ],
      { encoding: "utf8" },
    );
    expect([stdout, stderr]).toEqual([
      JSON.stringify({ count: golden.cases.length, differences: [] }),
      "",
    ]);
  });
});
