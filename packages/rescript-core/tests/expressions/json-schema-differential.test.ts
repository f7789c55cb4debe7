import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Schemas, ValueTypes } from "../../src/index.js";
import { anyJson, schemas } from "../support/random-schemas.js";
import { contains } from "../support/TypeMembership.res.js";

const SCHEMA_COUNT = 400;
const VALUES_PER_SCHEMA = 80;

const samples = fc.sample(
  fc.tuple(
    schemas,
    fc.array(anyJson, { minLength: VALUES_PER_SCHEMA, maxLength: VALUES_PER_SCHEMA }),
  ),
  { numRuns: SCHEMA_COUNT, seed: 14 },
);

/** Whether ajv accepts each value of each sample. */
function ajvVerdicts(): boolean[][] {
  const program = fileURLToPath(new URL("../support/ajv-verdicts.mjs", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    input: JSON.stringify(samples),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as boolean[][];
}

describe("a schema of the enforced subset", () => {
  test("accepts exactly the values that ajv accepts", () => {
    const counts = { accepted: 0, refused: 0 };
    const verdicts = ajvVerdicts();
    const differences = samples.flatMap(([json, values], place): object[] => {
      const outcome = Schemas.read(json);
      if (!outcome.ok) return [{ json, problems: outcome.problems }];
      return values.flatMap((value, index) => {
        const isAccepted = Schemas.validate(outcome.schema, value).length === 0;
        counts[isAccepted ? "accepted" : "refused"] += 1;
        return isAccepted === verdicts[place]?.[index] ? [] : [{ json, value, isAccepted }];
      });
    });
    expect(differences).toEqual([]);
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(
      (SCHEMA_COUNT * VALUES_PER_SCHEMA) / 10,
    );
  });

  test("has a type that contains every value that fits", () => {
    const outside = samples.flatMap(([json, values]): object[] => {
      const outcome = Schemas.read(json);
      if (!outcome.ok) return [{ json, problems: outcome.problems }];
      const type = Schemas.typeOf(outcome.schema);
      return values
        .filter((value) => Schemas.validate(outcome.schema, value).length === 0)
        .filter((value) => !contains(type as never, value as never))
        .map((value) => ({ json, value, type: ValueTypes.describe(type) }));
    });
    expect(outside).toEqual([]);
  });
});
