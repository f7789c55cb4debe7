import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { WorkflowParser } from "../../src/index.js";

const parser = new WorkflowParser();

type Path = readonly (string | number)[];

/** The path of every value in a JSON value, except its own. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]): Path[] => [
    [...path, key],
    ...pathsIn(inner, [...path, key]),
  ]);
}

/** A copy of a value in which another stands at a path. */
function replaced(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? replaced(item, rest, other) : item));
  const map = value as Readonly<Record<string, unknown>>;
  return { ...map, [key]: replaced(map[key], rest, other) };
}

const OTHERS = [
  null,
  0,
  -1,
  1.5,
  "",
  " ",
  "x",
  "${{",
  "${{ nothing.here }}",
  "steps.",
  true,
  [],
  [null],
  [[]],
  {},
  { x: 1 },
  { "": null },
  "x".repeat(5000),
];

describe.each([
  ["every construct", "every-construct.yaml"],
  ["every construct that waits, fails or costs", "every-waiting-construct.yaml"],
])("a workflow with %s", (_, name) => {
  const file = new URL(`../fixtures/language/${name}`, import.meta.url);
  const text = readFileSync(file, "utf8");
  const written = parseYaml(text) as object;
  const paths = pathsIn(written);

  test("is valid, without a warning", () => {
    expect(parser.validate(text)).toEqual([]);
  });

  test.each(OTHERS.map((other) => [JSON.stringify(other).slice(0, 40), other] as const))(
    "is valid or has issues with places when %s is in the place of any value",
    (_, other) => {
      const faults = paths.flatMap((path) => {
        const data = replaced(written, path, other) as object;
        const { ok, issues } = parser.check(data);
        const errors = issues.filter(({ severity }) => severity === "error");
        const isLost = issues.some(
          ({ line, column, message }) =>
            line < 1 || column < 1 || message === "" || message.includes("could not be read"),
        );
        return ok === (errors.length === 0) && !isLost ? [] : [path.join(".")];
      });
      expect({ paths: paths.length > 100, faults }).toEqual({ paths: true, faults: [] });
    },
  );

  test("is valid or has issues with places when any value is missing", () => {
    const faults = paths.flatMap((path) => {
      const around = path.slice(0, -1).reduce<unknown>((at, key) => (at as never)[key], written);
      const rest = Array.isArray(around)
        ? around.filter((_, index) => index !== path.at(-1))
        : Object.fromEntries(
            Object.entries(around as object).filter(([key]) => key !== path.at(-1)),
          );
      const { ok, issues } = parser.check(replaced(written, path.slice(0, -1), rest) as object);
      const isRefused = issues.some(({ severity }) => severity === "error");
      return ok === !isRefused ? [] : [path.join(".")];
    });
    expect(faults).toEqual([]);
  });
});
