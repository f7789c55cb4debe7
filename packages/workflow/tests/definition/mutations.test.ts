import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Lexer, Parser } from "yaml";
import type { WorkflowFormat } from "../../src/index.js";
import { WorkflowError, WorkflowParser } from "../../src/index.js";
import { ACCEPTED_JSON } from "./vectors/json-accepted.js";
import { YAML_BLOCK, YAML_DOCUMENTS } from "./vectors/yaml-block.js";
import { YAML_FLOW } from "./vectors/yaml-flow.js";
import { YAML_REFUSED } from "./vectors/yaml-refused.js";
import { YAML_STRUCTURE } from "./vectors/yaml-structure.js";

/** Lexemes and tokens that the library may make of a text: a few for each character, and some for the ends. */
const STEPS_PER_CHARACTER = 8;
const STEPS_AT_LEAST = 64;

let steps = 0;
let budget = 0;

/** Lets pieces through as long as the budget lasts, so that a reader that goes in circles ends here and is seen. */
function* counted<T>(pieces: Iterable<T>): Generator<T, void> {
  for (const piece of pieces) {
    steps += 1;
    if (steps > budget) throw new Error(`more than ${budget} steps`);
    yield piece;
  }
}

// oxlint-disable typescript/unbound-method -- each is called with its own object.
const originals = {
  lex: Lexer.prototype.lex,
  next: Parser.prototype.next,
  end: Parser.prototype.end,
};
// oxlint-enable typescript/unbound-method
beforeEach(() => {
  vi.spyOn(Lexer.prototype, "lex").mockImplementation(function* (this: Lexer, ...args) {
    yield* counted(originals.lex.apply(this, args));
  });
  vi.spyOn(Parser.prototype, "next").mockImplementation(function* (this: Parser, ...args) {
    yield* counted(originals.next.apply(this, args));
  });
  vi.spyOn(Parser.prototype, "end").mockImplementation(function* (this: Parser) {
    yield* counted(originals.end.apply(this));
  });
});
afterAll(() => vi.restoreAllMocks());

const parser = new WorkflowParser();

/** What is wrong with the answer, if anything: an error that is not ours, an issue that has no place, too many steps. */
function wrongWith(text: string, format: WorkflowFormat): string | undefined {
  steps = 0;
  budget = STEPS_AT_LEAST + STEPS_PER_CHARACTER * text.length;
  try {
    parser.parse(text, format);
    return undefined;
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition")
      return String(error);
    // The net under the readers, which would turn an error of theirs and a spent budget into an issue.
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
];

const chapters = [YAML_STRUCTURE, YAML_FLOW, YAML_BLOCK, YAML_DOCUMENTS, YAML_REFUSED] as const;
const yamlTexts = chapters.flatMap((chapter) =>
  Object.values<readonly (readonly [string, unknown])[]>(chapter).flatMap((vectors) =>
    vectors.map(([text]) => text),
  ),
);
const jsonTexts = Object.values(ACCEPTED_JSON).flat();

/** Bytes that mean something to one of the readers, or are no text at all. */
const TELLING = [
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

/** The same sequence for the same seed: xorshift. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

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
  const random = sequence(name.length + bytes.length);
  return Array.from({ length: CHANGES }, (_, at) => {
    const changed = Buffer.from(bytes);
    for (let edits = 0; edits <= at % 3; edits += 1)
      changed[random(bytes.length)] = TELLING[random(TELLING.length)] ?? 0;
    return changed.toString("utf8");
  });
}

function problemsOf(texts: readonly string[], format: WorkflowFormat): string[] {
  return texts.flatMap((text) => {
    const wrong = wrongWith(text, format);
    return wrong === undefined ? [] : [`${wrong}: ${JSON.stringify(text.slice(-200))}`];
  });
}

describe("a workflow file that is damaged", () => {
  test.each(workflows)("$name, whole, is read within the steps it has", ({ bytes, format }) => {
    expect(wrongWith(bytes.toString("utf8"), format)).toBeUndefined();
  });

  test("would be seen to go on for longer than it may", () => {
    const given = (most: number): string => {
      [steps, budget] = [0, most];
      return parser.validate("- 1\n- 2\n- 3\n")[0]?.message ?? "";
    };
    expect([given(1000), given(5)]).toEqual([
      "expected a workflow, found a list",
      expect.stringContaining("more than 5 steps"),
    ]);
  });

  test.each(workflows)("$name, cut anywhere, gives a definition or located issues", (seed) => {
    const texts = cutTexts(seed);
    expect(texts.length).toBeGreaterThan(2 * CUTS - 2);
    expect(problemsOf(texts, seed.format)).toEqual([]);
  });

  test.each(workflows)(
    "$name, with one to three bytes changed, gives a definition or located issues",
    (seed) => {
      expect(problemsOf(changedTexts(seed), seed.format)).toEqual([]);
    },
  );
});

describe("a text of the chapters that is damaged", () => {
  test("cut at each character, and read on from each", () => {
    const texts = yamlTexts
      .filter((text) => text.length < 200)
      .flatMap((text) => Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]).flat());
    expect(texts.length).toBeGreaterThan(9000);
    expect(problemsOf(texts, "yaml")).toEqual([]);
  });

  test("JSON cut at each character", () => {
    const texts = jsonTexts
      .filter((text) => text.length < 200)
      .flatMap((text) => Array.from(text, (_, at) => text.slice(0, at)));
    expect(problemsOf(texts, "json")).toEqual([]);
  });

  test("two of them one after the other, and one within the other", () => {
    const random = sequence(7);
    const texts = Array.from({ length: 1500 }, () => {
      const pick = (): string => yamlTexts[random(yamlTexts.length)] ?? "";
      const [one, other] = [pick(), pick()];
      const at = random(one.length + 1);
      return random(2) === 0 ? `${one}${other}` : `${one.slice(0, at)}${other}${one.slice(at)}`;
    });
    expect(
      problemsOf(
        texts.filter((text) => text.length < 2000),
        "yaml",
      ),
    ).toEqual([]);
  });
});
