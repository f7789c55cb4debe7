import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WorkflowParser } from "../../src/index.js";
import { plainVariants } from "./plain-variants.js";

/**
 * The errors that 0.1.0 reported, by the name of the variant. They are never edited: a file that
 * was valid stays valid, and new findings in such a file are warnings.
 */
const errors = JSON.parse(
  readFileSync(new URL("../fixtures/verdicts/plain-workflows.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly string[]>>;

const parser = new WorkflowParser();

/**
 * What was no reference in 0.1.0 (AXW1301) may be an expression with another mistake now. It is
 * still an error on the same line.
 */
function withoutReasons(lists: Readonly<Record<string, readonly string[]>>): object {
  const unclear = new Set(
    Object.entries(errors).flatMap(([name, list]) =>
      list.flatMap((error) => (error.startsWith("AXW1301 ") ? `${name} ${error.slice(8)}` : [])),
    ),
  );
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [
      name,
      list.map((error) => (unclear.has(`${name} ${error.slice(8)}`) ? error.slice(8) : error)),
    ]),
  );
}

describe("a workflow that uses nothing beyond the language of 0.1.0", () => {
  test("has the errors that 0.1.0 reported, and no others", () => {
    const found = Object.fromEntries(
      [...plainVariants()].map(({ name, format, text }) => [
        name,
        parser
          .validate(text, format)
          .filter(({ severity }) => severity === "error")
          .map(({ code, line }) => `${code} ${line}`),
      ]),
    );
    expect(withoutReasons(found)).toEqual(withoutReasons(errors));
  });

  test("is one of several hundred variants, of which some are valid", () => {
    const lists = Object.values(errors);
    expect([lists.length, lists.filter((list) => list.length === 0).length]).toEqual([333, 119]);
  });
});
