import { describe, expect, test } from "vitest";
import { checkValue } from "../../../src/page/form/check-value.js";
import { FormModel } from "../../../src/page/form/FormModel.js";
import { escapePointer, fieldsOf, unescapePointer } from "../../../src/page/form/field.js";
import { inputForm } from "../../../src/server/input-form.js";

describe("fieldsOf", () => {
  test("each property is asked for by what its schema says", () => {
    const fields = fieldsOf({
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string", title: "The name", description: "As it is printed." },
        text: { type: "string", maxLength: 4000 },
        days: { type: "integer" },
        share: { type: "number" },
        isDry: { type: "boolean" },
        level: { enum: ["low", "high"] },
        fixed: { const: 1 },
        tags: { type: "array", items: { enum: ["a", "b"] } },
        list: { type: "array", items: { type: "string" } },
        inner: { type: "object", properties: { "a/b": { type: "string" } } },
        open: { type: "object" },
        any: {},
        either: { type: ["string", "null"] },
      },
    });
    expect(
      fields.map(({ pointer, kind, label, isRequired }) => [pointer, kind, label, isRequired]),
    ).toEqual([
      ["/name", "text", "The name", true],
      ["/text", "text", "text", false],
      ["/days", "integer", "days", false],
      ["/share", "number", "share", false],
      ["/isDry", "boolean", "isDry", false],
      ["/level", "choice", "level", false],
      ["/fixed", "choice", "fixed", false],
      ["/tags", "choices", "tags", false],
      ["/list", "json", "list", false],
      ["/inner", "object", "inner", false],
      ["/open", "json", "open", false],
      ["/any", "json", "any", false],
      ["/either", "json", "either", false],
    ]);
    expect(fields.flatMap((field) => (field.kind === "object" ? field.fields : []))).toMatchObject([
      { pointer: "/inner/a~1b", label: "a/b" },
    ]);
    expect(fields.flatMap((field) => (field.kind === "text" ? [field.isLong] : []))).toEqual([
      false,
      true,
    ]);
  });

  test("objects that are nested deeply are asked for as JSON", () => {
    let schema: Record<string, unknown> = { type: "string" };
    for (let depth = 0; depth < 8; depth += 1)
      schema = { type: "object", properties: { in: schema } };
    const kinds: string[] = [];
    let fields = fieldsOf(schema);
    for (;;) {
      const [field] = fields;
      if (field === undefined) break;
      kinds.push(field.kind);
      fields = field.kind === "object" ? field.fields : [];
    }
    expect(kinds).toEqual(["object", "object", "object", "object", "json"]);
  });

  test("a schema that describes no object has no fields", () => {
    expect([fieldsOf({ type: "string" }), fieldsOf({ properties: [] })]).toEqual([[], []]);
  });

  test("a pointer escapes what a name may contain", () => {
    expect(escapePointer("a/b~c")).toBe("a~1b~0c");
    expect(unescapePointer(escapePointer("~1/~0"))).toBe("~1/~0");
  });
});

describe("checkValue", () => {
  test.each([
    [{ type: "string" }, 3, "Must be a text."],
    [{ type: ["string", "null"] }, 3, "Must be a text or null."],
    [{ type: "integer" }, 1.5, "Must be a whole number."],
    [{ type: "object" }, [], "Must be a JSON object."],
    [{ type: "array" }, {}, "Must be a JSON array."],
    [{ enum: ["a", 1] }, "b", 'Must be one of "a", 1.'],
    [{ const: { a: 1 } }, { a: 2 }, 'Must be {"a":1}.'],
    [{ minimum: 2 }, 1, "Must be 2 or more."],
    [{ maximum: 365 }, 400, "Must be 365 or less."],
    [{ exclusiveMinimum: 2 }, 2, "Must be more than 2."],
    [{ exclusiveMaximum: 2 }, 2, "Must be less than 2."],
    [{ multipleOf: 0.1 }, 0.25, "Must be a multiple of 0.1."],
    [{ minLength: 1 }, "", "Must not be empty."],
    [{ minLength: 3 }, "ab", "Must have 3 characters or more."],
    [{ maxLength: 2 }, "abc", "Must have 2 characters or fewer."],
    [{ pattern: "^a" }, "b", "Must match ^a."],
    [{ minItems: 1 }, [], "Must have 1 or more."],
    [{ maxItems: 1 }, [1, 2], "Must have 1 or fewer."],
    [{ uniqueItems: true }, [1, 1], "Must not have one item twice."],
  ])("%j refuses %j", (schema, value, message) => {
    expect(checkValue(schema, value)).toEqual([{ pointer: "", message }]);
  });

  test.each([
    [{ type: "number", minimum: 1, maximum: 3, multipleOf: 0.1 }, 0.3 * 10],
    [{ multipleOf: 0.1 }, 0.3],
    [{ maxLength: 1 }, "😀"],
    [{ pattern: "(?<" }, "a pattern that no browser reads is left to the server"],
    [{ type: "null" }, null],
    [{ enum: [{ a: 1 }] }, { a: 1 }],
    [{}, { anything: true }],
  ])("%j accepts %j", (schema, value) => {
    expect(checkValue(schema, value)).toEqual([]);
  });

  test("problems inside a value have the pointer of their place", () => {
    const schema = {
      type: "object",
      required: ["a/b", "there"],
      properties: {
        there: { type: "array", items: { type: "object", properties: { n: { type: "number" } } } },
      },
    };
    expect(checkValue(schema, { there: [{ n: 1 }, { n: "2" }] })).toEqual([
      { pointer: "/a~1b", message: "Is required." },
      { pointer: "/there/1/n", message: "Must be a number." },
    ]);
  });
});

describe("FormModel", () => {
  const schema = {
    type: "object",
    required: ["feature", "level"],
    properties: {
      feature: { type: "string" },
      level: { enum: ["low", "high"] },
      days: { type: "integer", maximum: 365, default: 30 },
      tags: { type: "array", items: { enum: ["a", "b"] } },
      isDry: { type: "boolean" },
      more: { type: "object", properties: { share: { type: "number" } } },
      extra: {},
    },
  };

  test("defaults are part of the value, and empty fields are not", () => {
    const model = new FormModel(schema);
    expect(model.value.value).toEqual({ days: 30 });
    expect(model.problems.value).toEqual([
      { pointer: "/feature", message: "Is required." },
      { pointer: "/level", message: "Is required." },
    ]);
  });

  test("what is put in makes the value, each with its type", () => {
    const model = new FormModel(schema);
    model.change("/feature", "login");
    model.change("/level", "high");
    model.change("/days", " 7 ");
    model.change("/tags", ["b"]);
    model.change("/isDry", false);
    model.change("/more/share", "0.5");
    model.change("/extra", '{"a": [1]}');
    expect([model.value.value, model.problems.value]).toEqual([
      {
        feature: "login",
        level: "high",
        days: 7,
        tags: ["b"],
        isDry: false,
        more: { share: 0.5 },
        extra: { a: [1] },
      },
      [],
    ]);
  });

  test("given values fill the fields", () => {
    const value = { feature: "x", level: "low", days: 1, tags: ["a"], extra: null };
    expect(new FormModel(schema, value).value.value).toEqual({ ...value, extra: undefined });
  });

  test.each([
    ["/days", "seven", "Must be a number; seven is not."],
    ["/days", "1.5", "Must be a whole number."],
    ["/days", "400", "Must be 365 or less."],
    ["/days", "0x10", "Must be a number; 0x10 is not."],
  ])("%s: %s is refused", (pointer, typed, message) => {
    const model = new FormModel(schema, { feature: "x", level: "low" });
    model.change(pointer, typed);
    expect(model.problems.value).toEqual([{ pointer, message }]);
  });

  test("a text that is no JSON is refused, and what was typed stays", () => {
    const model = new FormModel(schema, { feature: "x", level: "low" });
    model.change("/extra", "{");
    expect(model.problems.value[0]).toMatchObject({ pointer: "/extra" });
    expect(model.problems.value[0]?.message).toMatch(/^Must be JSON\. /);
    expect(model.input("/extra")).toBe("{");
  });

  test("a problem shows when its field is left, or when all are asked for", () => {
    const model = new FormModel(schema);
    expect(model.problemAt("/feature")).toBeUndefined();
    model.leave("/feature");
    expect([model.problemAt("/feature"), model.problemAt("/level")]).toEqual([
      "Is required.",
      undefined,
    ]);
    expect(model.showProblems()).toBe("/feature");
    expect(model.problemAt("/level")).toBe("Is required.");
  });

  test("what the server refuses shows at its field until the field changes", () => {
    const model = new FormModel(schema, { feature: "x", level: "low", extra: { deep: 1 } });
    model.refuse([
      { pointer: "/extra/deep", message: "Is too deep." },
      { pointer: "/elsewhere", message: "Is not known." },
    ]);
    expect([model.problemAt("/extra"), model.homeless]).toEqual([
      "Is too deep.",
      [{ pointer: "/elsewhere", message: "Is not known." }],
    ]);
    model.change("/extra", "{}");
    expect(model.problemAt("/extra")).toBeUndefined();
  });

  test("nothing changes while an answer is on its way", () => {
    const model = new FormModel(schema);
    model.isLocked.value = true;
    model.change("/feature", "x");
    expect(model.input("/feature")).toBe("");
  });

  test("a value that is no object is asked for as a whole", () => {
    const model = new FormModel({ type: "array", minItems: 1 });
    expect(model.fields.map(({ kind, pointer }) => [kind, pointer])).toEqual([["json", ""]]);
    model.change("", "[]");
    expect([model.value.value, model.problems.value]).toEqual([
      [],
      [{ pointer: "", message: "Must have 1 or more." }],
    ]);
  });

  test("an object without properties needs no field", () => {
    const model = new FormModel({ type: "object", properties: {}, additionalProperties: false });
    expect([model.fields, model.value.value, model.problems.value]).toEqual([[], {}, []]);
  });
});

describe("inputForm", () => {
  test("is the JSON Schema of an object with a property for each input", () => {
    expect(
      inputForm({
        feature: { type: "string", description: "What to build", required: true },
        days: { type: "number", default: 3, required: false, schema: { type: "integer" } },
        extra: { type: "any", required: false },
        level: { type: "string", required: true, default: "low" },
      }),
    ).toEqual({
      type: "object",
      properties: {
        feature: { type: "string", description: "What to build" },
        days: { type: "integer", default: 3 },
        extra: {},
        level: { type: "string", default: "low" },
      },
      required: ["feature"],
      additionalProperties: false,
    });
  });
});
