import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { workflowJsonSchema } from "../src/index.js";
import { testFileJsonSchema } from "../src/test-files/json-schema.js";

type Json = Readonly<Record<string, unknown>>;

/** Each key of each object in the schema, with its own schema. */
function keysOf(schema: unknown, path: string): [string, Json][] {
  if (typeof schema !== "object" || schema === null) return [];
  if (Array.isArray(schema))
    return schema.flatMap((part, index) => keysOf(part, `${path}/${index}`));
  return Object.entries(schema).flatMap(([key, value]) =>
    key === "properties"
      ? Object.entries(value as Record<string, Json>).flatMap(([name, part]): [string, Json][] => [
          [`${path}/${name}`, part],
          ...keysOf(part, `${path}/${name}`),
        ])
      : keysOf(value, `${path}/${key}`),
  );
}

describe("workflow.schema.json", () => {
  test("is up to date with the schemas (`npm run generate` writes it)", () => {
    const written: unknown = JSON.parse(
      readFileSync(new URL("../workflow.schema.json", import.meta.url), "utf8"),
    );
    expect(written).toEqual(workflowJsonSchema());
  });

  test("describes every key", () => {
    const keys = keysOf(workflowJsonSchema(), "");
    expect(keys.length).toBeGreaterThan(50);
    expect(
      keys
        .filter(([, { description }]) => typeof description !== "string" || description === "")
        .map(([path]) => path),
    ).toEqual([]);
  });

  test("is closed except for x- keys, and requires no key that has a default", () => {
    const schema = workflowJsonSchema();
    const { Step } = schema["definitions"] as Record<string, Json>;
    expect([
      schema["additionalProperties"],
      Object.keys(schema["patternProperties"] as object),
      schema["required"],
      Step?.["required"],
      Step?.["anyOf"],
    ]).toEqual([
      false,
      ["^x-"],
      ["steps"],
      ["id"],
      ["task", "run", "steps", "gate", "wait", "stop", "include", "workflow"].map((key) => ({
        required: [key],
      })),
    ]);
  });
});

describe("test.schema.json", () => {
  test("is up to date with the schemas (`npm run generate` writes it)", () => {
    const written: unknown = JSON.parse(
      readFileSync(new URL("../test.schema.json", import.meta.url), "utf8"),
    );
    expect(written).toEqual(testFileJsonSchema());
  });

  test("describes every key", () => {
    const keys = keysOf(testFileJsonSchema(), "");
    expect(keys.length).toBeGreaterThan(80);
    expect(
      keys
        .filter(([, { description, $ref, allOf }]) =>
          [description, $ref, allOf].every((part) => part === undefined || part === ""),
        )
        .map(([path]) => path),
    ).toEqual([]);
  });

  test("is closed except for x- keys, in the file and in behaviours", () => {
    const schema = testFileJsonSchema();
    const { Behaviour } = schema["definitions"] as Record<string, Json>;
    expect([
      schema["additionalProperties"],
      Object.keys(schema["patternProperties"] as object),
      schema["required"],
      Behaviour?.["additionalProperties"],
    ]).toEqual([false, ["^x-"], ["workflow", "cases"], false]);
  });
});
