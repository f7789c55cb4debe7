import { describe, expect, test } from "vitest";
import { isForeground } from "../src/terminal-attached.js";

/** The beginning of `/proc/self/stat`: name, state, parent, group, session, terminal, its group. */
function stat(name: string, group: number, terminalGroup: number): string {
  return `4711 (${name}) S 1 ${group} 4700 34816 ${terminalGroup} 4194304 0`;
}

describe("isForeground", () => {
  test.each([
    ["the terminal belongs to this group", stat("node", 4711, 4711), true],
    ["the terminal belongs to the shell", stat("node", 4711, 4700), false],
    ["the name contains what looks like fields", stat("a) S 1 2 3 (b", 4711, 4711), true],
    ["there is no controlling terminal", stat("node", 4711, -1), true],
    ["the terminal belongs to a group outside the container", stat("node", 4711, 0), true],
    ["the file is empty", "", true],
  ])("knows whether %s", (_, text, expected) => {
    expect(isForeground(() => text)).toBe(expected);
  });

  test("is true where the system does not say", () => {
    expect(
      isForeground(() => {
        throw new Error("ENOENT");
      }),
    ).toBe(true);
  });
});
