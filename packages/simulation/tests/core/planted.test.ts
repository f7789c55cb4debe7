import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replay, settingOf, shrinkCoreRun, traceOf } from "@automatosx/simulation";
import { describe, expect, test } from "vitest";
import { findBug, MAX_SEEDS, plantedBugs, withBug } from "../planted/index.ts";

const root = join(import.meta.dirname, "../..");

describe("planted bugs", () => {
  test("number at least twenty-five and have distinct names", () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(25);
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  });

  test.each(plantedBugs)("$name: is found", (bug) => {
    const found = findBug(bug);
    expect(found, `not found in ${MAX_SEEDS} seeds`).toBeDefined();
    // An exception somewhere would not show that a check caught the bug.
    expect(found?.report.failure?.promise).not.toBe("crashed");
  });

  test("are not published", () => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      files: readonly string[];
    };
    expect(files).toEqual(["dist"]);
    const published = globSync("dist/**/*.js", { cwd: root }).map((name) =>
      readFileSync(join(root, name), "utf8"),
    );
    expect(published.length).toBeGreaterThan(5);
    expect(plantedBugs.filter(({ name }) => published.some((text) => text.includes(name)))).toEqual(
      [],
    );
  });
});

describe("a failing run", () => {
  const bug = plantedBugs.find(({ name }) => name === "cancel aborts nothing");
  if (bug === undefined) throw new Error("this bug no longer exists");
  const options = withBug(bug);

  test("shrinks to the same shortest run that breaks the same promise every time", () => {
    const found = findBug(bug);
    if (found === undefined) throw new Error("not found");
    const setting = settingOf(found.seed);
    const shortest = shrinkCoreRun(setting, found.report, options);
    expect(shortest.failure?.promise).toBe("abortsReach");
    expect(shortest.happened.map(({ kind }) => kind)).toEqual([
      "claim",
      "commit",
      "cancel",
      "commit",
    ]);
    expect(shrinkCoreRun(setting, found.report, options)).toEqual(shortest);
    expect(replay(setting, shortest.happened, options)).toEqual(shortest);
    const trace = traceOf(setting, shortest.happened, options);
    expect(trace.at(-2)).toBe(
      "  broken: cancel, failure and restore reach every attempt in flight (abortsReach)",
    );
  });

  test("succeeds without the bug", () => {
    const found = findBug(bug);
    expect(
      replay(settingOf(found?.seed ?? 1), found?.report.happened ?? []).failure,
    ).toBeUndefined();
  });
});
