import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt, readingMinutes, slug } from "./text.mjs";

test("slug keeps letters and digits only", () => {
  assert.equal(slug("  What's new in 2.0?  "), "what-s-new-in-2-0");
});

test("excerpt leaves a short text alone", () => {
  assert.equal(excerpt("short", 10), "short");
  assert.equal(excerpt("a longer text", 8), "a longer…");
});

test("readingMinutes is a whole number, and never 0", () => {
  assert.equal(readingMinutes("one two three"), 1);
  assert.equal(readingMinutes("word ".repeat(401)), 3);
});
