import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { privatePackages } from "../scripts/private-packages.mjs";

const dist = path.join(import.meta.dirname, "..", "dist");

/** The build's files that import a package by name, not by path. */
function importersOf(name: string): string[] {
  const specifier = new RegExp(`(?:from|import)\\s*\\(?\\s*["']@automatosx/${name}["'/]`);
  return globSync("**/*.{js,d.ts}", { cwd: dist }).filter((file) =>
    specifier.test(readFileSync(path.join(dist, file), "utf8")),
  );
}

describe("the published package", () => {
  test("imports no private package in its code or declarations", () => {
    expect(privatePackages).toContain("run-view");
    expect(privatePackages.flatMap(importersOf)).toEqual([]);
    expect(importersOf("schemas").length).toBeGreaterThan(0);
  });
});
