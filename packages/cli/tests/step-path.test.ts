import { describe, expect, test } from "vitest";
import { findStep } from "../src/find-step.js";
import { next } from "../src/next/actions.js";
import { isWithin, placeOf } from "../src/step-path.js";
import { UsageError } from "../src/UsageError.js";

describe("placeOf", () => {
  test.each([
    ["build", { depth: 0, label: "build" }],
    ["build[auth]", { depth: 1, label: "build[auth]", owner: "build" }],
    ["build[auth].test", { depth: 2, label: "test", owner: "build[auth]" }],
    ["fix#2", { depth: 1, label: "fix#2", owner: "fix" }],
    ["pay:check-1", { depth: 1, label: "check-1", owner: "pay" }],
    [":failure.report", { depth: 1, label: "report", owner: ":failure" }],
    ["build[a:b]:reconcile", { depth: 2, label: "reconcile", owner: "build[a:b]" }],
    ["build[a.b#1].fix#2.test", { depth: 4, label: "test", owner: "build[a.b#1].fix#2" }],
  ])("knows what %s is in", (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });
});

describe("isWithin", () => {
  test("is not misled by the beginning of a name", () => {
    const paths = ["build", "build[a]", "build[a].x", "build#1", "builder", "build2.x"];
    expect(paths.filter((path) => isWithin(path, "build"))).toEqual([
      "build",
      "build[a]",
      "build[a].x",
      "build#1",
    ]);
  });
});

describe("findStep", () => {
  const steps = [
    "build",
    "build[auth]",
    "build[auth].test",
    "build[api]",
    "build[api].test",
    "buildings",
  ].map((id) => ({ id }));
  const find = (word: string): string | undefined => {
    const line = next("show_run", "completed", { run: "r" });
    try {
      return findStep(steps, word, { runId: "r", next: line }).id;
    } catch (error) {
      if (error instanceof UsageError) return `${error.message} ${error.remedy}`;
      throw error;
    }
  };

  test("finds a step by its path, or by a part that only it and what is inside it have", () => {
    expect(["build", "build[auth].test", "auth", "api].t", "ings"].map(find)).toEqual([
      "build",
      "build[auth].test",
      "build[auth]",
      "build[api].test",
      "buildings",
    ]);
  });

  test("refuses a part of several paths, and names them", () => {
    expect(find("test")).toBe(
      "`test` could be any of 2 steps of run r. " +
        "Type more of the path: build[auth].test, build[api].test.",
    );
  });

  test("refuses a part of no path, and an empty one", () => {
    expect(["nope", ""].map(find)).toEqual([
      "Run r has no step `nope`. Its steps: build, build[auth], build[auth].test, build[api], " +
        "build[api].test, 1 more.",
      "Run r has no step ``. Its steps: build, build[auth], build[auth].test, build[api], " +
        "build[api].test, 1 more.",
    ]);
  });
});
