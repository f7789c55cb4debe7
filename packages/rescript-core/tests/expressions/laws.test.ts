import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Expressions, Templates } from "../../src/index.js";
import { bindingsOf } from "./bindings.js";
import { expressions, jsonValues } from "./random-expressions.js";

const words = fc.constantFrom(
  ..."a steps.a.output x inputs 1 2.5 'x' \"y\" ( ) [ ] { } , : . + - * / % < <= > >= == != ! && || in".split(
    " ",
  ),
  ..."true false null has( default( if( .map(x, .filter( size( .join( ${{ }} $${{ = & | ? ' \" \\ 😀 # \ud800".split(
    " ",
  ),
  " ",
);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.array(words, { maxLength: 20 }).map((pieces) => pieces.join("")),
  fc.array(words, { maxLength: 20 }).map((pieces) => pieces.join(" ")),
);
const names = fc.record({ inputs: jsonValues, item: jsonValues, x: jsonValues, build: jsonValues });

const withoutSpans = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === "span" ? undefined : inner));

describe("any text", () => {
  test("is an expression, or has a problem at a place inside it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const result of [Expressions.parse(text), Expressions.parseField(text)]) {
          if (result.ok) continue;
          expect(result.problems).toHaveLength(1);
          const { start, end } = result.problems[0]?.span ?? { start: -1, end: -1 };
          expect(0 <= start && start <= end && end <= text.length).toBe(true);
        }
      }),
      { numRuns: 8000, seed: 1 },
    );
  });

  test("is a template whose texts and values follow one another, or has problems inside it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { parts, problems } = Templates.parse(text);
        const places = [
          ...problems.map(({ span }) => span),
          ...parts.flatMap((part) => (typeof part === "string" ? [] : [part.outer])),
        ];
        const inside = places.every(
          ({ start, end }) => 0 <= start && start <= end && end <= text.length,
        );
        const whole = parts
          .map((part) =>
            typeof part === "string" ? part : text.slice(part.outer.start, part.outer.end),
          )
          .join("");
        expect(inside).toBe(true);
        if (problems.length === 0) expect(whole).toBe(text.replaceAll("$${{", "${{"));
      }),
      { numRuns: 8000, seed: 2 },
    );
  });
});

describe("any expression", () => {
  test("is the same tree after it was printed and parsed", () => {
    fc.assert(
      fc.property(expressions, (tree) => {
        const text = Expressions.print(tree);
        const result = Expressions.parse(text);
        if (text.length > 4096) return;
        if (!result.ok) throw new Error(`${text}: ${result.problems[0]?.message}`);
        expect(withoutSpans(result.expression)).toEqual(withoutSpans(tree));
      }),
      { numRuns: 5000, seed: 3 },
    );
  });

  test("has a JSON value or a failure, the same every time, whatever the values are", () => {
    fc.assert(
      fc.property(expressions, names, (tree, { build, ...values }) => {
        const bindings = bindingsOf({
          ...values,
          steps: { build: { output: build, status: "completed" } },
        });
        const result = Expressions.evaluate(tree, bindings);
        if (result.ok) {
          expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value);
        }
        expect(Expressions.evaluate(tree, bindings)).toEqual(result);
      }),
      { numRuns: 8000, seed: 4 },
    );
  });

  test("evaluates without a change to the values", () => {
    fc.assert(
      fc.property(expressions, names, (tree, values) => {
        const before = JSON.stringify(values);
        Expressions.evaluate(
          tree,
          bindingsOf({ inputs: values.inputs, item: values.item, x: values.x }),
        );
        expect(JSON.stringify(values)).toBe(before);
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});

describe("a part of a text", () => {
  const letters = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom("a", "b"), minLength, maxLength });

  test("is found where the built-in search finds it, however long it is", () => {
    fc.assert(
      fc.property(
        fc.array(letters(0, 40), { maxLength: 6 }),
        letters(1, 40),
        letters(0, 3),
        (pieces, part, replacement) => {
          const names = bindingsOf({ text: pieces.join(part), part, replacement });
          const value = (text: string) => {
            const parsed = Expressions.parse(text);
            return parsed.ok ? Expressions.evaluate(parsed.expression, names) : undefined;
          };
          const text = pieces.join(part);
          expect([
            value("text.split(part)"),
            value("text.replace(part, replacement)"),
            value("text.contains(part)"),
          ]).toEqual([
            { ok: true, value: text.split(part) },
            { ok: true, value: text.replaceAll(part, () => replacement) },
            { ok: true, value: text.includes(part) },
          ]);
        },
      ),
      { numRuns: 3000, seed: 6 },
    );
  });
});
