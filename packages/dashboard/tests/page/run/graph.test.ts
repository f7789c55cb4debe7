import { describe, expect, test } from "vitest";
import type { GraphLayout } from "../../../src/api/run.schema.ts";
import { cellsOf } from "../../../src/page/run/graph/cells.ts";
import { edgesIn, edgesOf } from "../../../src/page/run/graph/edges.ts";
import { stepAt } from "../../../src/page/run/graph/pick.ts";
import {
  boxInView,
  fitted,
  hasShapes,
  inDrawing,
  type LayoutNode,
  moved,
  nodesIn,
  opened,
  zoomed,
} from "../../../src/page/run/graph/viewport.ts";
import { StepTable } from "../../../src/page/run/steps/StepTable.ts";
import { completed, failed, PREPARATION, started, viewOf } from "../support/sample-run.ts";

const node = (step: string, x: number, y: number, more: Partial<LayoutNode> = {}): LayoutNode => ({
  ...{ step, x, y, width: 160, height: 44, kind: "step" },
  ...more,
});
const VIEW = { width: 800, height: 250 };

describe("fitted", () => {
  test("shows the whole drawing in the middle, and never larger than it is", () => {
    expect(fitted({ width: 400, height: 100 }, VIEW)).toEqual({ scale: 1, x: 200, y: 75 });
    const { scale, x, y } = fitted({ width: 7880, height: 100 }, VIEW);
    expect([scale, x, y]).toEqual([0.1, 6, 120]);
    expect(fitted({ width: 0, height: 0 }, VIEW).scale).toBe(1);
  });
});

describe("opened", () => {
  const drawing = { width: 3000, height: 200 };

  test("shows the whole drawing if it can be read, or is too large to be read anywhere", () => {
    const small = { width: 1000, height: 200 };
    expect(opened(small, VIEW, 9, node("a", 900, 80))).toEqual(fitted(small, VIEW));
    expect(opened(drawing, VIEW, 121, node("a", 900, 80))).toEqual(fitted(drawing, VIEW));
  });

  test("shows a long drawing at the selected node, and nothing beside it", () => {
    const at = (x: number) => opened(drawing, VIEW, 20, node("a", x, 80));
    expect(at(1420)).toEqual({ scale: 0.75, x: 400 - 1500 * 0.75, y: 50 });
    expect(at(0).x).toBe(6);
    expect(at(2840).x).toBe(800 - 6 - 2250);
  });
});

describe("zoomed", () => {
  test("keeps the point under the pointer where it is", () => {
    const before = { x: 30, y: -20, scale: 0.5 };
    const at = [400, 100] as const;
    const after = zoomed(before, 1.7, at);
    expect(after.scale).toBeCloseTo(0.85, 10);
    const [x, y] = inDrawing(before, at);
    const [toX, toY] = inDrawing(after, at);
    expect([toX, toY].map((n) => n.toFixed(6))).toEqual([x, y].map((n) => n.toFixed(6)));
  });

  test("stays within its limits", () => {
    expect(zoomed({ x: 0, y: 0, scale: 1 }, 1e9, [0, 0]).scale).toBe(2.5);
    expect(zoomed({ x: 0, y: 0, scale: 1 }, 1e-9, [0, 0]).scale).toBe(0.02);
  });
});

describe("moved", () => {
  test("keeps a part of the drawing in view", () => {
    const drawing = { width: 400, height: 100 };
    const at = { x: 0, y: 0, scale: 1 };
    expect(moved(at, 10, -5, drawing, VIEW)).toEqual({ x: 10, y: -5, scale: 1 });
    expect(moved(at, 9999, 9999, drawing, VIEW)).toEqual({ x: 760, y: 210, scale: 1 });
    expect(moved(at, -9999, -9999, drawing, VIEW)).toEqual({ x: -360, y: -60, scale: 1 });
  });
});

describe("nodesIn", () => {
  test("finds the nodes of which a part is in view", () => {
    const nodes = [node("left", -200, 0), node("edge", -100, 0), node("far", 900, 0)];
    const box = boxInView({ x: 0, y: 0, scale: 1 }, VIEW);
    expect(nodesIn(nodes, box).map(({ step }) => step)).toEqual(["edge"]);
    const half = boxInView({ x: 0, y: 0, scale: 0.5 }, VIEW);
    expect(nodesIn(nodes, half).map(({ step }) => step)).toEqual(["edge", "far"]);
  });
});

describe("hasShapes", () => {
  test("is a picture from far, and for many nodes", () => {
    const at = (scale: number) => ({ x: 0, y: 0, scale });
    const nodes = Array.from({ length: 120 }, (_, index) => node(`s${index}`, 0, 0));
    expect(hasShapes(nodes, at(0.3))).toBe(true);
    expect(hasShapes(nodes, at(0.29))).toBe(false);
    expect(hasShapes([...nodes, node("one more", 0, 0)], at(1))).toBe(false);
  });
});

describe("edgesOf", () => {
  const layout: GraphLayout = {
    ...{ width: 1, height: 1, nodes: [] },
    edges: [
      {
        from: "a",
        to: "b",
        points: [
          [0, 10],
          [32, 10],
        ],
      },
      {
        from: "a",
        to: "c",
        points: [
          [0, 10],
          [40, 50],
          [90, 50],
        ],
      },
      { from: "a", to: "d", points: [[0, 0]] },
    ],
  };

  test("draws level parts as lines, others as an S, and a tip at the end", () => {
    const [level, bent, ...others] = edgesOf(layout);
    expect(others).toEqual([]);
    expect([level?.line, level?.tip]).toEqual(["M0 10H24", "M32 10l-8 4v-8z"]);
    expect(bent?.line).toBe("M0 10C20 10 20 50 40 50H82");
    expect([bent?.left, bent?.right, bent?.top, bent?.bottom]).toEqual([0, 90, 10, 50]);
  });

  test("are in view if a part of the box around them is", () => {
    const inView = (left: number, right: number) =>
      edgesIn(edgesOf(layout), { left, right, top: 40, bottom: 99 }).map(({ to }) => to);
    expect(inView(80, 200)).toEqual(["c"]);
    expect(inView(91, 200)).toEqual([]);
  });
});

describe("cellsOf", () => {
  const items = Array.from({ length: 20 }, (_, index) => `k${index}`);
  const steps = [{ id: "build", foreach: { in: items, as: "item" }, continueOnError: true }];
  const path = (index: number): string => `build[k${index}]`;
  const table = new StepTable();
  table.update(
    viewOf(
      steps,
      ...PREPARATION,
      started(...items.map((_, index) => path(index))),
      failed(path(19)),
      completed(path(0)),
    ),
  );
  const fanOut = node("build", 100, 200, { height: 88, kind: "foreach" });

  test("shows the items that matter most, and how many have no cell", () => {
    const { cells, more } = cellsOf(fanOut, table);
    expect(cells).toHaveLength(11);
    expect(more).toBe(9);
    expect(cells[0]).toMatchObject({ path: path(19), status: "failed", x: 110, y: 240 });
    expect(cells[6]).toMatchObject({ status: "running", x: 110, y: 262 });
  });

  test("are what a click finds in a fan-out, if they are drawn", () => {
    const nodes = [node("a", 0, 0), fanOut];
    expect(stepAt(nodes, table, [112, 242], true)).toBe(path(19));
    expect(stepAt(nodes, table, [112, 242], false)).toBe("build");
    expect(stepAt(nodes, table, [105, 205], true)).toBe("build");
    expect(stepAt(nodes, table, [10, 10], true)).toBe("a");
    expect(stepAt(nodes, table, [500, 500], true)).toBeUndefined();
  });
});
