import { describe, expect, test } from "vitest";
import {
  isCharacters,
  type KeyBinding,
  KeySequence,
  keyName,
} from "../../../src/page/shell/KeySequence.js";

const bind = (keys: string, label = keys): KeyBinding => ({ keys, label, run: () => {} });

const BINDINGS = [bind("j"), bind("g r"), bind("g g"), bind("Escape"), bind("r")];

/** The labels of what the keys complete, one for each key. */
function press(keys: readonly string[], gapMs = 100, bindings = BINDINGS): unknown {
  const sequence = new KeySequence();
  return keys.map((key, index) => sequence.press(key, 1000 + index * gapMs, bindings)?.label);
}

describe("KeySequence", () => {
  test("a single key completes its binding", () => {
    expect(press(["j", "x", "Escape"])).toEqual(["j", undefined, "Escape"]);
  });

  test("the keys of a sequence complete it together", () => {
    expect(press(["g", "r", "g", "g"])).toEqual([undefined, "g r", undefined, "g g"]);
  });

  test("a second key that comes too late stands for itself", () => {
    expect(press(["g", "r"], 2000)).toEqual([undefined, "r"]);
  });

  test("a key that fits no sequence stands for itself", () => {
    expect(press(["g", "j", "r"])).toEqual([undefined, "j", "r"]);
  });

  test("a first key may begin again", () => {
    expect(press(["x", "g", "r"])).toEqual([undefined, undefined, "g r"]);
  });

  test("of two bindings of a key, the later one counts", () => {
    expect(press(["j"], 0, [bind("j", "outer"), bind("j", "inner")])).toEqual(["inner"]);
  });
});

describe("isCharacters", () => {
  test.each([
    ["j", true],
    ["g r", true],
    ["?", true],
    ["Enter", false],
    ["ArrowLeft", false],
  ])("%s: %s", (keys, expected) => {
    expect(isCharacters(keys)).toBe(expected);
  });
});

describe("keyName", () => {
  test("keys are named as they are labelled", () => {
    expect(["j", "Escape", "ArrowUp"].map(keyName)).toEqual(["j", "Esc", "↑"]);
  });
});
