import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./support/root.js";

const days = JSON.parse(readFileSync(path.join(root, "scripts/days.json"), "utf8")) as Record<
  string,
  { asked: number; files: string[] }
>;
const testFiles = globSync(["packages/*/tests/**/*.test.ts", "packages/*/tests/**/*_test.res"], {
  cwd: root,
});

describe("days.json", () => {
  test("has twenty days, which require at least ninety tests in total", () => {
    const asked = Object.values(days).reduce((sum, day) => sum + day.asked, 0);
    expect({ days: Object.keys(days).length, asked: asked >= 90 }).toEqual({
      days: 20,
      asked: true,
    });
  });

  test("lists only files that exist", () => {
    const missing = Object.values(days).flatMap((day) =>
      day.files.filter((pattern) => globSync(pattern, { cwd: root }).length === 0),
    );
    expect(missing).toEqual([]);
  });

  test("lists every test file", () => {
    const named = new Set(Object.values(days).flatMap((day) => globSync(day.files, { cwd: root })));
    expect(testFiles.filter((file) => !named.has(file))).toEqual([]);
  });
});
