import { describe, expect, test } from "vitest";
import { errorKind, IssueList, SourceText, warningKind } from "../src/index.js";
import { PathSet } from "../src/issues/PathSet.js";

const ERROR = errorKind("AXW1", "An error", "fix it");
const WARNING = warningKind("AXW2", "A warning", "look at it");

describe("IssueList", () => {
  test("lists 1,000 warnings and 1,000 errors, so that warnings never hide an error", () => {
    const issues = new IssueList(new SourceText("a"));
    for (let index = 0; index < 1500; index += 1) issues.add(WARNING, [], [0, 1], "warned");
    expect([issues.isFull, issues.hasErrors]).toEqual([false, false]);
    for (let index = 0; index < 1500; index += 1) issues.add(ERROR, [], [0, 1], "wrong");
    const count = (severity: string): number =>
      issues.all.filter((issue) => issue.severity === severity).length;
    expect([count("warning"), count("error"), issues.isFull, issues.hasErrors]).toEqual([
      1000,
      1000,
      true,
      true,
    ]);
  });

  test("shortens the keys of a path that is longer than 1,500 characters", () => {
    const issues = new IssueList(new SourceText("a"));
    issues.add(ERROR, ["context", "k".repeat(1400), 3], [0, 1], "wrong");
    issues.add(ERROR, ["context", "k".repeat(1500), 3], [0, 1], "wrong");
    expect(issues.all.map(({ path }) => path)).toEqual([
      ["context", "k".repeat(1400), 3],
      ["context", `${"k".repeat(19)}…`, 3],
    ]);
  });
});

describe("PathSet", () => {
  test("distinguishes a path, its beginnings and its continuations", () => {
    const paths = new PathSet();
    const answers = (path: readonly (string | number)[]) => [
      paths.has(path),
      paths.hasStartOf(path),
    ];
    expect(answers([])).toEqual([false, false]);
    paths.add(["steps", 1, "id"]);
    expect({
      beginning: answers(["steps", 1]),
      same: answers(["steps", 1, "id"]),
      longer: answers(["steps", 1, "id", "x"]),
      text: answers(["steps", "1", "id"]),
    }).toEqual({
      beginning: [false, false],
      same: [true, true],
      longer: [false, true],
      text: [false, false],
    });
  });

  test("finds every path once the root is in it", () => {
    const paths = new PathSet();
    paths.add([]);
    expect([paths.has([]), paths.has(["a"]), paths.hasStartOf(["a", 1])]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
