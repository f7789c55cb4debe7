import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument, stringify } from "yaml";
import { IssueList, readYaml, SourceText, valueOf } from "../src/index.js";

/** The value of a text, or undefined if there is an issue other than a number beyond 2^53. */
function read(text: string): { readonly value: unknown } | undefined {
  const issues = new IssueList(new SourceText(text));
  const root = readYaml(issues);
  const isFine = issues.all.every(({ code }) => code === "AXW1015");
  return root && isFine ? { value: valueOf(root) } : undefined;
}

/** The value according to the `yaml` library. */
function readBySecond(text: string): { readonly value: unknown } | undefined {
  const document = parseDocument(text, { version: "1.2", logLevel: "silent", stringKeys: true });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  try {
    return { value: document.toJS() as unknown };
  } catch {
    return undefined;
  }
}

const json = fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme-ascii" });
const layout = fc.record({
  indent: fc.integer({ min: 1, max: 8 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  collectionStyle: fc.constantFrom<"any" | "block" | "flow">("any", "block", "flow"),
  defaultStringType: fc.constantFrom<"PLAIN" | "QUOTE_DOUBLE" | "QUOTE_SINGLE" | "BLOCK_LITERAL">(
    "PLAIN",
    "QUOTE_DOUBLE",
    "QUOTE_SINGLE",
    "BLOCK_LITERAL",
  ),
});
const pieces = [
  ..."{}[],:#-?|>'\" \n",
  "- ",
  ": ",
  "a: ",
  "\n  ",
  "\n    ",
  "x: &a ",
  "y: *a",
  "|\n  ",
  ">-\n  ",
  "null",
  "1.5",
  "0x1f",
  "true",
  "word",
  "two words",
  "# comment\n",
];

describe("readYaml agrees with the yaml library", () => {
  test("on everything that library writes, in any layout", () => {
    fc.assert(
      fc.property(json, layout, (value, options) => {
        const text = stringify(value, { ...options, aliasDuplicateObjects: false });
        const other = readBySecond(text);
        // That library cannot read some of the empty values that it writes.
        fc.pre(other !== undefined && isDeepStrictEqual(other.value, value));
        fc.pre(!text.includes("__proto__"));
        expect(read(text)).toEqual({ value });
      }),
      { numRuns: 2000 },
    );
  });

  test("on every random text that both accept", () => {
    let bothCount = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
        const text = parts.join("");
        const [own, other] = [read(text), readBySecond(text)];
        if (own === undefined || other === undefined) return;
        // The root of a definition is a map. The readers disagree on the minimum indentation of a
        // scalar at the root.
        if (typeof own.value !== "object" || typeof other.value !== "object") return;
        bothCount += 1;
        expect({ text, ...own }).toEqual({ text, ...other });
      }),
      { numRuns: 20_000 },
    );
    expect(bothCount).toBeGreaterThan(500);
  });
});
