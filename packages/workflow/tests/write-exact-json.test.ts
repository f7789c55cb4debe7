import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  MAX_VALUE_CHARS,
  MAX_VALUE_DEPTH,
  type WriteExactJsonOptions,
  writeExactJson,
} from "../src/write-exact-json.js";

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const problemOf = (value: unknown, options?: WriteExactJsonOptions): string | undefined => {
  const written = writeExactJson(value, options);
  return written.ok ? undefined : written.problem;
};

const throws = (message: string) => (): never => {
  throw new Error(message);
};

describe("writeExactJson writes", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["text with a lone surrogate and a NUL", "\ud800\0"],
    ["numbers and booleans", [0, -1.5, 1e300, true, false]],
    ["nested arrays and objects", { a: [{ b: [] }, {}], c: null }],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    ["an object of another realm", runInNewContext("({ a: [1, { b: 2 }] })")],
    ["a key named __proto__", JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
    ["a value twice", ((part) => [part, part])({ a: 1 })],
    [`${MAX_VALUE_DEPTH} levels`, nested(MAX_VALUE_DEPTH)],
  ])("%s, which reads back as an equal value", (_, value) => {
    const written = writeExactJson(value);
    expect(written).toEqual({ ok: true, text: JSON.stringify(value) });
    expect(JSON.parse(written.ok ? written.text : "")).toEqual(
      JSON.parse(JSON.stringify(value) ?? ""),
    );
  });

  test.each<[string, unknown, string]>([
    ["a Date", { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ["a URL", [new URL("http://a.example/")], '["http://a.example/"]'],
    ["a Buffer", Buffer.from("a"), '{"type":"Buffer","data":[97]}'],
    [
      "a class with toJSON",
      new (class Money {
        toJSON(key: string) {
          return { key, cents: 5 };
        }
      })(),
      '{"key":"","cents":5}',
    ],
    [
      "a copy of itself that a toJSON returns",
      {
        a: 1,
        toJSON() {
          return { ...this };
        },
      },
      '{"a":1}',
    ],
  ])("%s as what its toJSON returns", (_, value, text) => {
    expect(writeExactJson(value)).toEqual({ ok: true, text });
  });

  test("an object without its properties that are undefined or not enumerable", () => {
    const value = Object.defineProperty({ a: undefined, b: 1 }, "hidden", { value: new Map() });
    expect(writeExactJson(value)).toEqual({ ok: true, text: '{"b":1}' });
  });
});

describe("writeExactJson calls toJSON once,", () => {
  test("and writes what it returned, even if another call returns something else", () => {
    const once = (...values: unknown[]) => ({ toJSON: (): unknown => values.shift() });
    const value = {
      items: once([1, new Date(0), { a: once("text", new Map()) }], []),
      ["__proto__"]: once(1, Number.NaN),
      dropped: once(undefined, 1),
    };
    expect(writeExactJson(value)).toEqual({
      ok: true,
      text: '{"items":[1,"1970-01-01T00:00:00.000Z",{"a":"text"}],"__proto__":1}',
    });
  });

  test("and refuses an element of an array for which it returns undefined", () => {
    expect(problemOf({ list: [1, { toJSON: () => undefined }] })).toBe("`$.list[1]` is undefined");
  });
});

describe("writeExactJson refuses a value with promises", () => {
  test("whose rejections then count as handled, wherever they are", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    try {
      const rejected = (): Promise<never> => Promise.reject(new Error("rejected"));
      class Hostile<T> extends Promise<T> {
        static override get [Symbol.species](): never {
          throw new Error("species");
        }
      }
      expect(problemOf([Hostile.resolve(1)])).toBe("`$[0]` is a promise that was not awaited");
      expect(problemOf([rejected(), { a: rejected() }, new Map([[1, [rejected()]]])])).toBe(
        "`$[0]` is a promise that was not awaited",
      );
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", onUnhandled);
    }
  });
});

describe("writeExactJson refuses what JSON would lose, with its path:", () => {
  test.each<[string, unknown, string]>([
    [
      "a Map",
      { items: [0, { when: new Map() }] },
      "`$.items[1].when` is an object of the class Map",
    ],
    ["a Set", new Set(), "`$` is an object of the class Set"],
    ["a WeakMap", [new WeakMap()], "`$[0]` is an object of the class WeakMap"],
    ["an error", [new TypeError("x")], "`$[0]` is an object of the class TypeError"],
    ["a regular expression", [/x/], "`$[0]` is an object of the class RegExp"],
    ["a promise", { text: Promise.resolve(1) }, "`$.text` is a promise that was not awaited"],
    [
      "an object of a class with a then method",
      // oxlint-disable-next-line unicorn/no-thenable -- the value under test
      [Object.assign(Object.create({}) as object, { then: () => {} })],
      "`$[0]` is a promise that was not awaited",
    ],
    ["a typed array", [new Uint8Array(2)], "`$[0]` is an object of the class Uint8Array"],
    [
      "an object of a class",
      new (class A {
        y = 1;
      })(),
      "`$` is an object of the class A",
    ],
    [
      "an object that inherits a value",
      Object.create({ a: 1 }),
      "`$` is an object that inherits from another one",
    ],
    ["a boxed string", [new String("x")], "`$[0]` is an object of the class String"],
    ["a generator", (function* () {})(), "`$` is an object of the class Generator"],
    ["a function", { "a b": () => 1 }, '`$["a b"]` is a function'],
    ["a symbol", [Symbol("s")], "`$[0]` is a symbol"],
    ["a bigint", { n: 1n }, "`$.n` is a bigint"],
    ["NaN", [1, Number.NaN], "`$[1]` is NaN"],
    ["an infinite number", Number.NEGATIVE_INFINITY, "`$` is -Infinity"],
    ["an invalid date", { at: new Date(Number.NaN) }, "`$.at` is an invalid Date"],
    ["undefined", undefined, "`$` is undefined"],
    ["undefined in an array", [1, undefined], "`$[1]` is undefined"],
    [
      "an array with empty slots",
      Object.assign([], { length: 4e9 }),
      "`$[0]` is an empty slot of an array",
    ],
    ["a match with groups", "ab".match(/(?<a>a)/), "`$.index` is a property of an array"],
    [
      "a key that is a symbol",
      { [Symbol("k")]: 1 },
      "`$[Symbol(k)]` is a property whose key is a symbol",
    ],
    [
      "a Map that a toJSON returns",
      { a: { toJSON: () => [new Map()] } },
      "`$.a[0]` is an object of the class Map",
    ],
    [
      "a getter that throws",
      [
        {
          get x() {
            return throws("no")();
          },
        },
      ],
      "`$[0].x` cannot be read: no",
    ],
    ["a toJSON that throws", { a: { toJSON: throws("no") } }, "`$.a` cannot be read: no"],
    [
      "a proxy that throws",
      [new Proxy({}, { ownKeys: throws("trap") })],
      "`$[0]` cannot be read: trap",
    ],
    [
      "a revoked proxy",
      [((made) => (made.revoke(), made.proxy))(Proxy.revocable({}, {}))],
      "`$[0]` cannot be read: Cannot perform 'get' on a proxy that has been revoked",
    ],
    [
      "an array that claims 4,000,000,000 elements",
      new Proxy([1], { get: (_, key) => (key === "length" ? 4e9 : undefined) }),
      `\`$\` is longer than the limit of ${MAX_VALUE_CHARS} characters`,
    ],
    [
      "a cycle in a part",
      { a: [1, { b: ((c: Record<string, unknown>) => Object.assign(c, { d: [c] }))({}) }] },
      "`$.a[1].b` contains itself",
    ],
    ["a cycle", ((a: unknown[]) => (a.push({ a }), a))([]), "`$` contains itself"],
    [
      `${MAX_VALUE_DEPTH + 1} levels`,
      nested(MAX_VALUE_DEPTH + 1),
      "`$[0].a[0].a[0].a[0].a…[0].a` is nested more than 500 levels deep",
    ],
    [
      "200,000 levels",
      nested(200_000),
      "`$.a[0].a[0].a[0].a[0]….a[0]` is nested more than 500 levels deep",
    ],
    [
      "a part that is contained exponentially many times",
      Array.from({ length: 60 }).reduce<unknown>((inner) => [inner, inner], "x".repeat(1e6)),
      `\`$\` is longer than the limit of ${MAX_VALUE_CHARS} characters`,
    ],
    [
      "text that its escapes make too long",
      ["\0".repeat(MAX_VALUE_CHARS / 5)],
      `\`$\` is longer than the limit of ${MAX_VALUE_CHARS} characters`,
    ],
  ])("%s", (_, value, problem) => {
    expect(problemOf(value)).toBe(problem);
  });

  test("an object at a path that begins with the name of the value", () => {
    expect(problemOf({ a: new Map() }, { root: "inputs" })).toBe(
      "`inputs.a` is an object of the class Map",
    );
  });

  test.each([
    [MAX_VALUE_DEPTH, undefined],
    [MAX_VALUE_DEPTH + 1, "`inputs.a[0].a[0].a[0].a[0]…[0].a` is nested more than 500 levels deep"],
  ])("a member of %d levels, in a map whose members count from 1", (levels, problem) => {
    expect(problemOf({ a: nested(levels) }, { root: "inputs", isMap: true })).toBe(problem);
  });
});
