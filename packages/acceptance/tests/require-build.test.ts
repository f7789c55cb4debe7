import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findUnbuilt } from "../../../scripts/require-build.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "packages-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a package that depends on packages written earlier. */
function addPackage(name: string, { needs = [] as string[], isBuilt = false } = {}): string {
  const place = path.join(folder, name);
  mkdirSync(path.join(place, "node_modules"), { recursive: true });
  mkdirSync(path.join(place, "dist"));
  const dependencies = Object.fromEntries(needs.map((each) => [each, "workspace:*"]));
  const exports = { ".": { default: "./dist/index.js" } };
  writeFileSync(path.join(place, "package.json"), JSON.stringify({ name, exports, dependencies }));
  for (const each of needs)
    symlinkSync(path.join(folder, each), path.join(place, "node_modules", each));
  if (isBuilt) writeFileSync(path.join(place, "dist", "index.js"), "");
  return place;
}

test("findUnbuilt returns direct and indirect dependencies that have no dist folder", () => {
  addPackage("ground");
  addPackage("middle", { needs: ["ground"], isBuilt: true });
  expect(findUnbuilt(addPackage("top", { needs: ["middle"] }))).toEqual(["ground"]);
});

test("findUnbuilt includes the tested package only if it is compiled from ReScript", () => {
  const place = addPackage("core");
  const before = findUnbuilt(place);
  writeFileSync(path.join(place, "rescript.json"), "{}");
  expect([before, findUnbuilt(place)]).toEqual([[], ["core"]]);
});
