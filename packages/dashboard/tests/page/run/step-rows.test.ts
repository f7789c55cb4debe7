import { describe, expect, test } from "vitest";
import { FoldState } from "../../../src/page/run/steps/FoldState.ts";
import { nextPath, rowMove } from "../../../src/page/run/steps/row-moves.ts";
import { StepTable } from "../../../src/page/run/steps/StepTable.ts";
import { restOf, stepRows } from "../../../src/page/run/steps/step-rows.ts";
import { scrollFor, visibleRange } from "../../../src/page/run/steps/visible-range.ts";
import {
  completed,
  type Fact,
  failed,
  PREPARATION,
  started,
  viewOf,
} from "../support/sample-run.ts";

const ITEMS = ["a", "b", "c", "d", "e"];
const foreach = { in: ITEMS, as: "item", concurrency: 5 };
const STEPS = [
  { id: "build", foreach, continueOnError: true },
  { id: "fix", steps: [{ ...inner("test") }, { ...inner("repair", ["test"]) }] },
  { id: "report", dependencies: ["build", "fix"] },
];

function inner(id: string, dependencies: string[] = []) {
  return {
    ...{ id, name: id, agentId: "worker", task: "work", dependencies },
    ...{ parallel: true, retries: 0, continueOnError: false },
  };
}

const path = (item: string): string => `build[${item}]`;

const BEGUN: readonly Fact[] = [
  ...PREPARATION,
  started(...ITEMS.map(path), "fix.test"),
  completed(path("a")),
  failed(path("c")),
  completed(path("d")),
];

function tableOf(...facts: readonly Fact[]): StepTable {
  const table = new StepTable();
  table.update(viewOf(STEPS, ...facts));
  return table;
}

const keys = (rows: ReturnType<typeof stepRows>): string[] =>
  rows.map(({ key, level, isOpen }) => {
    const mark = isOpen === undefined ? " " : isOpen ? "-" : "+";
    return `${mark}${"  ".repeat(level - 1)}${key.replace("\0rest", " rest")}`;
  });

describe("stepRows", () => {
  test("lists failed and running items of a fan-out, and folds the rest", () => {
    expect(keys(stepRows(tableOf(...BEGUN), new FoldState()))).toEqual([
      "-build",
      "   build[c]",
      "   build[b]",
      "   build[e]",
      "+  build rest",
      "-fix",
      "   fix.test",
      "   fix.repair",
      " report",
    ]);
  });

  test("counts the rows of the same owner", () => {
    const rows = stepRows(tableOf(...BEGUN), new FoldState());
    const rest = rows.find(({ key }) => key === restOf("build"));
    expect(rest).toEqual({
      ...{ key: restOf("build"), path: "build", level: 2, position: 4, siblings: 4 },
      ...{ isOpen: false, owner: "build", rest: [path("a"), path("d")] },
    });
  });

  test("shows the rest below its own row when that is unfolded", () => {
    const folds = new FoldState();
    folds.set(restOf("build"), true);
    const rows = stepRows(tableOf(...BEGUN), folds).slice(4, 7);
    expect(keys(rows)).toEqual(["-  build rest", "     build[a]", "     build[d]"]);
    expect(rows.map(({ owner }) => owner)).toEqual(["build", restOf("build"), restOf("build")]);
  });

  test("folds what was completed when it was first seen, and nothing by itself afterwards", () => {
    const folds = new FoldState();
    const table = tableOf(...BEGUN);
    stepRows(table, folds);
    table.update(
      viewOf(
        STEPS,
        ...BEGUN,
        completed("fix.test"),
        started("fix.repair"),
        completed("fix.repair"),
      ),
    );
    expect(keys(stepRows(table, folds)).filter((key) => key.includes("fix"))).toEqual([
      "-fix",
      "   fix.test",
      "   fix.repair",
    ]);
    expect(keys(stepRows(table, new FoldState())).filter((key) => key.includes("fix"))).toEqual([
      "+fix",
    ]);
  });

  test("filters steps, with everything that is around them", () => {
    const table = tableOf(...BEGUN);
    expect(keys(stepRows(table, new FoldState(), "failed"))).toEqual(["-build", "   build[c]"]);
    expect(keys(stepRows(table, new FoldState(), "open"))).toEqual([
      "-build",
      "   build[b]",
      "   build[e]",
      "-fix",
      "   fix.test",
    ]);
  });

  test("reveals a step in a folded rest", () => {
    const folds = new FoldState();
    const table = tableOf(...BEGUN);
    folds.set("build", false);
    folds.reveal(path("d"), table);
    expect(stepRows(table, folds).some(({ key }) => key === path("d"))).toBe(true);
  });
});

describe("StepTable.update", () => {
  test("has the same steps as the view at every event, read once or by changes", () => {
    const later = [...BEGUN, completed("fix.test"), failed(path("b")), started("fix.repair")];
    const view = viewOf(STEPS);
    const table = new StepTable();
    for (let seq = 1; seq <= later.length; seq += 1) {
      const now = viewOf(STEPS, ...later.slice(0, seq));
      expect(table.update(now)).toBe(0);
      expect(table.order.map((id) => table.get(id))).toEqual(now.steps());
    }
    // Back to the beginning, as when an earlier event is shown.
    table.update(view);
    expect(table.order).toEqual([]);
  });

  test("reads new steps later if the last reading was recent and slow", () => {
    let now = 0;
    const clock = (): number => {
      now += 5;
      return now;
    };
    const table = new StepTable(clock);
    const first = viewOf(STEPS, ...PREPARATION.slice(0, 2));
    table.update(first);
    const before = table.order;
    const waitMs = table.update(viewOf(STEPS, ...BEGUN));
    expect([waitMs, table.order]).toEqual([45, before]);
    now += waitMs;
    expect(table.update(viewOf(STEPS, ...BEGUN))).toBe(0);
    expect(table.order).toContain(path("a"));
  });
});

describe("rowMove", () => {
  const rows = stepRows(tableOf(...BEGUN), new FoldState());
  const move = (from: number, key: Parameters<typeof rowMove>[2]) => rowMove(rows, from, key, 3);

  test("goes by rows, by pages and to the ends, and stays within the list", () => {
    expect([move(0, "down"), move(8, "up"), move(0, "up"), move(8, "down")]).toEqual([
      { does: "go", to: 1 },
      { does: "go", to: 7 },
      undefined,
      undefined,
    ]);
    expect([move(1, "page-down"), move(1, "page-up"), move(4, "first"), move(4, "last")]).toEqual([
      { does: "go", to: 4 },
      { does: "go", to: 0 },
      { does: "go", to: 0 },
      { does: "go", to: 8 },
    ]);
  });

  test("folds and unfolds, or goes out and in", () => {
    expect(move(0, "left")).toEqual({ does: "fold", key: "build" });
    expect(move(0, "right")).toEqual({ does: "go", to: 1 });
    expect(move(2, "left")).toEqual({ does: "go", to: 0 });
    expect(move(4, "right")).toEqual({ does: "unfold", key: restOf("build") });
    expect(move(8, "right")).toBeUndefined();
    expect(move(8, "left")).toBeUndefined();
  });

  test("goes to the first row from one that is not listed", () => {
    expect(move(99, "down")).toEqual({ does: "go", to: 0 });
    expect(rowMove([], 0, "down", 3)).toBeUndefined();
  });
});

describe("nextPath", () => {
  test("finds the next wanted step behind the selected one, then from the beginning", () => {
    const paths = ["a", "b", "c", "d"];
    const isWanted = (each: string): boolean => each === "a" || each === "c";
    expect(nextPath(paths, "a", isWanted)).toBe("c");
    expect(nextPath(paths, "c", isWanted)).toBe("a");
    expect(nextPath(paths, undefined, isWanted)).toBe("a");
    expect(nextPath(paths, "b", () => false)).toBeUndefined();
  });
});

describe("visibleRange", () => {
  test("covers what is in view, with some rows around, within the list", () => {
    expect(visibleRange(0, 280, 28, 10_000)).toEqual({ first: 0, end: 22 });
    expect(visibleRange(28_000, 280, 28, 10_000)).toEqual({ first: 988, end: 1022 });
    expect(visibleRange(279_720, 280, 28, 10_000)).toEqual({ first: 9978, end: 10_000 });
    expect(visibleRange(5000, 280, 28, 3)).toEqual({ first: 3, end: 3 });
  });
});

describe("scrollFor", () => {
  test("scrolls as little as is needed", () => {
    expect(scrollFor(2, 0, 280, 28)).toBeUndefined();
    expect(scrollFor(2, 100, 280, 28)).toBe(56);
    expect(scrollFor(20, 0, 280, 28)).toBe(308);
  });
});
