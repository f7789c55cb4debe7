import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { countLooks, limitLooks, randomNumbers } from "../../../source/tests/support/damage.js";
import type { WorkflowFormat } from "../../src/index.js";
import { WorkflowError, WorkflowParser } from "../../src/index.js";

countLooks();

const parser = new WorkflowParser();

/** The fault in an answer: an unexpected error, an issue outside the text, or too many reads. */
function wrongWith(text: string, format: WorkflowFormat): string | undefined {
  limitLooks(text.length);
  try {
    parser.parse(text, format);
    return undefined;
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition")
      return String(error);
    // The parser turns an unexpected error in a reader, including an exceeded limit, into an issue.
    if (error.message.includes("could not be read")) return error.message;
    const lineCount = text.split("\n").length;
    const lost = error.issues.find(
      ({ line, column }) => line < 1 || line > lineCount || column < 1 || column > text.length + 2,
    );
    return error.issues.length === 0
      ? "no issue"
      : lost && `an issue at ${lost.line}:${lost.column}`;
  }
}

interface Seed {
  readonly name: string;
  readonly format: WorkflowFormat;
  readonly bytes: Buffer;
}

const filesIn = (folder: URL): Seed[] =>
  readdirSync(folder)
    .filter((name) => /\.(yaml|json)$/.test(name))
    .map((name) => ({
      name,
      format: name.endsWith(".json") ? "json" : "yaml",
      bytes: readFileSync(new URL(name, folder)),
    }));

const workflows = [
  ...filesIn(new URL("../../../../examples/", import.meta.url)),
  ...filesIn(new URL("../fixtures/workflows/", import.meta.url)),
  ...filesIn(new URL("../fixtures/language/", import.meta.url)),
];

/** Bytes that are significant to a reader, or are not text. */
const TELLING_BYTES = [
  ...Buffer.from("{}[]()<>,:;#&*!|>'\"%@`-?~= \n\t\r\\$.0aN"),
  0x00,
  0x1b,
  0x7f,
  0x80,
  0xc3,
  0xe2,
  0xf0,
  0xff,
];

const CUTS = 250;
const CHANGES = 250;

function cutTexts({ bytes }: Seed): string[] {
  const stride = Math.max(1, Math.floor(bytes.length / CUTS));
  const ends = Array.from({ length: Math.ceil(bytes.length / stride) }, (_, at) => at * stride);
  return ends
    .flatMap((at) => [bytes.subarray(0, at), bytes.subarray(at)])
    .map((part) => part.toString("utf8"));
}

function changedTexts({ name, bytes }: Seed): string[] {
  const random = randomNumbers(name.length + bytes.length);
  return Array.from({ length: CHANGES }, (_, at) => {
    const changed = Buffer.from(bytes);
    for (let edits = 0; edits <= at % 3; edits += 1)
      changed[random(bytes.length)] = TELLING_BYTES[random(TELLING_BYTES.length)] ?? 0;
    return changed.toString("utf8");
  });
}

function problemsOf(texts: readonly string[], format: WorkflowFormat): string[] {
  return texts.flatMap((text) => {
    const wrong = wrongWith(text, format);
    return wrong === undefined ? [] : [`${wrong}: ${JSON.stringify(text.slice(-200))}`];
  });
}

describe("a damaged workflow file", () => {
  test.each(workflows)("is valid before the damage: $name", ({ bytes, format }) => {
    expect(wrongWith(bytes.toString("utf8"), format)).toBeUndefined();
  });

  test.each(workflows)(
    "leads to a definition or issues with a place wherever it is cut: $name",
    (seed) => {
      const texts = cutTexts(seed);
      expect(texts.length).toBeGreaterThan(2 * CUTS - 2);
      expect(problemsOf(texts, seed.format)).toEqual([]);
    },
  );

  test.each(workflows)(
    "leads to a definition or issues with a place after one to three bytes change: $name",
    (seed) => {
      expect(problemsOf(changedTexts(seed), seed.format)).toEqual([]);
    },
  );
});
