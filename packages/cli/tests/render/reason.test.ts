import { describe, expect, test } from "vitest";
import { Output } from "../../src/Output.js";
import { displayWidth } from "../../src/render/display-width.js";
import { fitReason, renderFailures } from "../../src/render/reason.js";
import { FakeStream } from "../harness/FakeStream.js";

const PYTHON = [
  "program `python3` exited with code 1: ValueError: the API key is not set",
  "",
  "Traceback (most recent call last):",
  '  File "fail.py", line 4, in <module>',
  "    a(6)",
  "ValueError: the API key is not set",
].join("\n");

describe("fitReason", () => {
  test("cuts in front, between clauses, so that the reason remains", () => {
    expect([100, 60, 36, 24].map((width) => fitReason(PYTHON, width))).toEqual([
      "program `python3` exited with code 1: ValueError: the API key is not set",
      "… ValueError: the API key is not set",
      "… ValueError: the API key is not set",
      "… the API key is not set",
    ]);
  });

  test("keeps the first and the last words of a reason that does not fit", () => {
    expect([20, 12].map((width) => fitReason(PYTHON, width))).toEqual([
      "the API … is not set",
      "the … set",
    ]);
  });

  test("keeps both ends of a long reason, without the words of the engine", () => {
    const message = `step \`big\` failed: program \`sh\` exited with code 1: Error: first ${"word ".repeat(100)}last`;
    expect(fitReason(message, 40)).toBe("Error: first word … word word word last");
  });

  test.each([
    ["words", "one two three four five six seven eight nine ten eleven twelve thirteen"],
    ["wide characters", "錯誤 是 因為 沒有 設定 鑰匙 所以 無法 連線 到 伺服器"],
    ["one word", "x".repeat(100_000)],
    ["clauses", "a: b: c: d: e: f: g: h: i: j: k: l: m: n: o: p"],
  ])("never exceeds the width, for a message of %s", (_, message) => {
    for (let width = 1; width < 80; width += 1)
      expect(displayWidth(fitReason(message, width))).toBeLessThanOrEqual(width);
  });

  test("keeps the number of other failed steps of a run", () => {
    expect(fitReason(`step \`py\` failed: ${PYTHON} (and 4 more)`, 60)).toBe(
      "… ValueError: the API key is not set (and 4 more)",
    );
  });

  test("adds the reason that the rest of a message states", () => {
    const message = `Command failed: python3 fail.py\n${PYTHON.split("\n").slice(2).join("\n")}`;
    expect(fitReason(message, 200)).toBe(
      "Command failed: python3 fail.py: ValueError: the API key is not set",
    );
  });

  test("joins the lines of a message that states no error", () => {
    expect(fitReason("the answer\nis empty", 200)).toBe("the answer is empty");
  });
});

describe("renderFailures", () => {
  test("prints the reason and the output of each failed step that has more than a reason", () => {
    const stream = new FakeStream({ columns: 60, rows: 20 });
    renderFailures(new Output(stream), [
      { id: "py", status: "failed", error: PYTHON },
      { id: "sh", status: "failed", error: "program `sh` exited with code 1: no" },
      { id: "ok", status: "completed" },
    ]);
    expect(stream.plain.split("\n")).toEqual([
      "failures",
      "  py: program `python3` exited with code 1: ValueError: the",
      "    API key is not set",
      "    Traceback (most recent call last):",
      '      File "fail.py", line 4, in <module>',
      "        a(6)",
      "    ValueError: the API key is not set",
      "",
    ]);
  });
});
