import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IssueList, readJson, SourceText, valueOf } from "@automatosx/source";
import { afterAll, describe, expect, test } from "vitest";
import { ACCEPTED_JSON } from "../../../source/tests/vectors/json-accepted.js";
import { REFUSED_JSON, REFUSED_JSON_BYTES } from "../../../source/tests/vectors/json-refused.js";
import {
  UNDECIDED_JSON,
  UNDECIDED_JSON_BYTES,
} from "../../../source/tests/vectors/json-undecided.js";
import type { PrepareOutcome } from "../../src/index.js";
import { WorkflowError, WorkflowParser } from "../../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "axw-json-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "vector.json");
const parser = new WorkflowParser();

/** Issues with the text itself: syntax, depth, a character, an encoding. */
const OF_THE_TEXT = ["AXW1002", "AXW1004", "AXW1010"];
/** Issues with a value in valid JSON: an escaped character, a key that appears twice, a number. */
const OF_A_VALUE = ["AXW1010", "AXW1011", "AXW1015"];

interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const named = (label: string, bytes: Uint8Array): Vector => ({
  name: `${label} ${JSON.stringify(Buffer.from(bytes.subarray(0, 60)).toString("utf8"))}`,
  bytes,
});
const asVectors = (texts: Readonly<Record<string, readonly string[]>>): Vector[] =>
  Object.entries(texts).flatMap(([about, group]) =>
    group.map((text) => named(about, Buffer.from(text, "utf8"))),
  );
const fromHex = (hexes: readonly string[]): Vector[] =>
  hexes.map((hex) => named(hex, Buffer.from(hex, "hex")));

const accepted = asVectors(ACCEPTED_JSON);
const refused = [...asVectors(REFUSED_JSON), ...fromHex(REFUSED_JSON_BYTES)];
const undecided = [...asVectors({ undecided: UNDECIDED_JSON }), ...fromHex(UNDECIDED_JSON_BYTES)];

/**
 * Checks the text as a file: every issue has a place in it, and `parseFile` throws `WorkflowError`.
 */
async function checkAsFile({ bytes }: Vector): Promise<PrepareOutcome> {
  writeFileSync(file, bytes);
  const outcome = await parser.checkFile(file);
  const text = new TextDecoder().decode(bytes);
  const lineCount = text.split("\n").length;
  const { issues } = outcome;
  const misplaced = issues.filter(
    ({ line, column }) => line < 1 || line > lineCount || column < 1 || column > text.length + 1,
  );
  expect(misplaced).toEqual([]);
  if (!outcome.ok) {
    const error = await parser.parseFile(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowError);
    expect(error).toMatchObject({
      code: "invalid_definition",
      message: expect.not.stringContaining("could not be read"),
    });
  }
  return outcome;
}

const codesOf = (outcome: PrepareOutcome): string[] => outcome.issues.map(({ code }) => code);

describe("WorkflowParser reads JSON", () => {
  test("is tested with 95 valid, 188 invalid and 35 undecided inputs, all distinct", () => {
    const counts = [accepted, refused, undecided].map((vectors) => vectors.length);
    const distinct = [accepted, refused, undecided].map(
      (vectors) => new Set(vectors.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size,
    );
    expect({ counts, distinct }).toEqual({ counts: [95, 188, 35], distinct: [95, 188, 35] });
  });

  test.each(accepted)("accepts $name", async (vector) => {
    const outcome = await checkAsFile(vector);
    // These are valid JSON, so the only issue is that they are not workflows.
    expect(outcome.ok).toBe(false);
    expect(
      codesOf(outcome).filter(
        (code) => code === "AXW1001" || code === "AXW1002" || code === "AXW1004",
      ),
    ).toEqual([]);
    const text = Buffer.from(vector.bytes).toString("utf8");
    const root = readJson(new IssueList(new SourceText(text)));
    expect(root && valueOf(root)).toEqual(JSON.parse(text));
  });

  test.each(accepted)("accepts $name as a value in a workflow", (vector) => {
    const text = Buffer.from(vector.bytes).toString("utf8");
    const workflow = `{"id":"w","steps":[{"id":"a","agentId":"b","task":"c"}],"context":{"value":${text}}}`;
    const outcome = parser.check(workflow, "json");
    if (outcome.ok)
      expect(outcome.workflow.definition.context).toEqual({ value: JSON.parse(text) });
    else expect(codesOf(outcome).filter((code) => !OF_A_VALUE.includes(code))).toEqual([]);
  });

  test("refuses only six of these values: two repeated keys and four escaped controls", () => {
    const notKept = accepted.map(({ bytes }) => {
      const value = Buffer.from(bytes).toString("utf8");
      return codesOf(
        parser.check(
          `{"id":"w","steps":[{"id":"a","agentId":"b","task":"c"}],"context":{"value":${value}}}`,
          "json",
        ),
      );
    });
    expect(Object.groupBy(notKept.map(String), (codes) => codes)).toEqual({
      "": expect.any(Array),
      AXW1010: Array<string>(4).fill("AXW1010"),
      AXW1011: Array<string>(2).fill("AXW1011"),
    });
  });

  test.each(refused)("refuses $name and reports a place in the text", async (vector) => {
    const outcome = await checkAsFile(vector);
    expect({ ok: outcome.ok, first: OF_THE_TEXT.includes(codesOf(outcome)[0] ?? "") }).toEqual({
      ok: false,
      first: true,
    });
  });

  test.each(undecided)("reports issues for $name", async (vector) => {
    const outcome = await checkAsFile(vector);
    expect(outcome.ok).toBe(false);
    expect(codesOf(outcome).length).toBeGreaterThan(0);
  });
});
