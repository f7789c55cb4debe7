import { describe, expect, test } from "vitest";
import { changesItsProcess } from "../../../scripts/vitest-base.ts";

describe("a test file has a process of its own", () => {
  test.each([
    'vi.mock("../src/a.js", () => ({}));',
    'vi.doMock("../src/a.js");',
    "vi.resetModules();",
    'vi.stubGlobal("fetch", () => undefined);',
    'vi.stubEnv("HOME", "/");',
    'process.env["HOME"] = "/";',
    "process.umask(0);",
    'process.chdir("/");',
  ])("if it calls %s", (line) => {
    expect(changesItsProcess(`import { vi } from "vitest";\n${line}\n`)).toBe(true);
  });

  test.each([
    'const home = process.env["HOME"];',
    'expect(process.env["HOME"] === "/").toBe(true);',
    'vi.spyOn(storage, "commit");',
    "vi.useFakeTimers();",
  ])("but not if it calls %s", (line) => {
    expect(changesItsProcess(line)).toBe(false);
  });
});
