import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type IndexedCase, idsOf, play } from "./support/language-cases.js";
import { sandbox } from "./support/sandbox.js";

const indexFile = path.resolve(import.meta.dirname, "../data/failing/index.json");

const { cases } = JSON.parse(readFileSync(indexFile, "utf8")) as {
  readonly cases: readonly IndexedCase[];
};

describe("checks, fallbacks, effects and sessions", () => {
  test("work together in items, rounds and handlers, across crashes, pauses and limits", async () => {
    const played = await play(sandbox(), "--index", indexFile);
    expect({
      others: played.filter(({ outcome }) => outcome !== "passed"),
      passed: idsOf(played, "passed"),
    }).toEqual({ others: [], passed: cases.map(({ id }) => id).toSorted() });
  });
});
