import { describe, expect, test } from "vitest";
import { messageOf } from "../src/message-of.js";

const cyclic = new Error("outer");
cyclic.cause = new Error("inner", { cause: cyclic });

const chain = (length: number): Error => {
  let error = new Error("e0");
  for (let index = 1; index < length; index += 1) error = new Error(`e${index}`, { cause: error });
  return error;
};

describe("messageOf returns the text of what was thrown:", () => {
  test.each<[string, unknown, string]>([
    ["an error", new Error("busy"), "busy"],
    [
      "its cause",
      new Error("fetch failed", { cause: new Error("refused") }),
      "fetch failed: refused",
    ],
    ["a cause after a full stop", new Error("Failed.", { cause: "no key" }), "Failed: no key"],
    ["a repeated cause once", new Error("a: b", { cause: new Error("b") }), "a: b"],
    ["a cycle of causes", cyclic, "outer: inner"],
    [
      "the errors of an AggregateError",
      new AggregateError([new Error("one"), "two", new Error("one"), 4], "many"),
      "many: one; two (and 1 more)",
    ],
    [
      "an AggregateError without a message",
      new Error("fetch failed", {
        cause: new AggregateError([new Error("::1"), new Error("127")]),
      }),
      "fetch failed: ::1; 127",
    ],
    ["at most eight causes", chain(100), "e99: e98: e97: e96: e95: e94: e93: e92: e91"],
    ["an error without a message", new RangeError(""), "RangeError"],
    ["an error with only a code", Object.assign(new Error(""), { code: "EPIPE" }), "EPIPE"],
    ["the message of an object", { status: 429, message: "rate limited" }, "rate limited"],
    ["an object without a message", { status: 500, body: "x" }, '{"status":500,"body":"x"}'],
    ["a Response", new Response("no", { status: 503, statusText: "Busy" }), "status 503 Busy"],
    [
      "the keys of a large object",
      { a: Array.from({ length: 1e6 }, (_, index) => index), b: 1 },
      "an object with a, b",
    ],
    [
      "both errors of a SuppressedError",
      // As the platform makes it, since Node 24.
      Object.assign(new Error("Suppressed."), {
        name: "SuppressedError",
        error: new Error("close failed"),
        suppressed: new Error("no reply"),
      }),
      "Suppressed: close failed; no reply",
    ],
    ["an empty object", {}, "an object of the class Object without a message"],
    ["a promise", Promise.resolve(), "an object of the class Promise without a message"],
    ["text", "text", "text"],
    ["an empty text", "", "an empty string"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    [
      "an object without a prototype",
      Object.create(null),
      "a value that cannot be converted to text",
    ],
    [
      "an object whose properties throw",
      new Proxy(new Error("x"), {
        get() {
          throw new Error("get");
        },
        getPrototypeOf() {
          throw new Error("prototype");
        },
      }),
      "a value that cannot be converted to text",
    ],
    [
      "an error whose message throws",
      Object.defineProperty(new Error("x"), "message", {
        get() {
          throw new Error("evil");
        },
      }),
      "Error",
    ],
  ])("%s", (_, thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });

  test("at most 100,000 characters of it: both ends, and how much was cut between them", () => {
    const huge = "h".repeat(400_000_000);
    const text = messageOf(new Error(huge, { cause: new AggregateError([new Error(`${huge}.`)]) }));
    expect([text.length < 100_100, text.slice(49_998, 50_036), text.endsWith("h.")]).toEqual([
      true,
      "hh\n[… 799,900,003 characters …]\nhhhhhh",
      true,
    ]);
  });

  test("the beginning and the end of a long one, cut between words", () => {
    const text = messageOf(new Error(`begin ${"word ".repeat(1_000_000)}end`));
    expect(text).toMatch(/^begin (?:word )*word\n\[… 4,9\d\d,\d{3} characters …\]\n(?:word )*end$/);
  });
});
