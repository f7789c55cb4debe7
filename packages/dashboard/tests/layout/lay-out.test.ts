import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { type GraphLayout, layOut } from "../../src/layout/index.js";

type Step = Partial<StepDefinition> & { readonly id: string };

function definitionOf(steps: readonly Step[], more: object = {}): WorkflowDefinition {
  const defined = steps.map((step) => ({ name: step.id, dependencies: [], ...step }));
  return { id: "sample", name: "sample", version: "1", steps: defined, ...more } as never;
}

/** Steps `s0` to `s(count - 1)`, each waiting for the steps with the numbers that are returned. */
const numbered = (count: number, waitsFor: (index: number) => readonly number[]): Step[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    dependencies: waitsFor(index).map((other) => `s${other}`),
  }));

/** A repeatable sequence of numbers from 0 to below 1. */
function randoms(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

function tangled(count: number): Step[] {
  const next = randoms();
  return numbered(count, (index) =>
    index === 0 ? [] : [...new Set([Math.floor(next() * index), Math.max(0, index - 5)])],
  );
}

const SHAPES: Readonly<Record<string, (count: number) => Step[]>> = {
  "a chain": (count) => numbered(count, (index) => (index === 0 ? [] : [index - 1])),
  "a fan": (count) => numbered(count, (index) => (index === 0 ? [] : [0])),
  "separate steps": (count) => numbered(count, () => []),
  "a tangle": tangled,
};

/** The pairs of nodes that overlap, and the nodes and lines that are not inside the drawing. */
function faultsOf({ nodes, edges, width, height }: GraphLayout): string[] {
  const sorted = nodes.toSorted((a, b) => a.x - b.x);
  const overlaps = sorted.flatMap((node, index) => {
    const found: string[] = [];
    for (let at = index + 1; at < sorted.length; at += 1) {
      const other = sorted[at];
      if (other === undefined || other.x >= node.x + node.width) break;
      if (other.y < node.y + node.height && node.y < other.y + other.height)
        found.push(`${node.step} overlaps ${other.step}`);
    }
    return found;
  });
  const outside = nodes
    .filter(({ x, y, width: w, height: h }) => x < 0 || y < 0 || x + w > width || y + h > height)
    .map(({ step }) => `${step} is outside`);
  const lost = edges
    .filter(({ points }) => points.some(([x, y]) => x < 0 || y < 0 || x > width || y > height))
    .map(({ from, to }) => `the line from ${from} to ${to} is outside`);
  return [...overlaps, ...outside, ...lost];
}

describe("layOut", () => {
  test("places a step to the right of what it waits for, and ends each line at its nodes", () => {
    const layout = layOut(
      definitionOf([
        { id: "design" },
        { id: "build", dependencies: ["design"], foreach: { in: [1] } as never },
        { id: "docs", dependencies: ["design"] },
        { id: "report", dependencies: ["build", "docs"] },
      ]),
    );
    const at = new Map(layout.nodes.map((node) => [node.step, node]));
    expect(
      layout.edges.map(({ from, to, points }) => {
        const [source, target] = [at.get(from), at.get(to)];
        const [first, last] = [points[0], points.at(-1)];
        return [
          `${from} > ${to}`,
          first?.[0] === (source?.x ?? 0) + (source?.width ?? 0),
          last?.[0] === target?.x,
          (source?.x ?? 0) + (source?.width ?? 0) < (target?.x ?? 0),
        ];
      }),
    ).toEqual([
      ["design > build", true, true, true],
      ["design > docs", true, true, true],
      ["build > report", true, true, true],
      ["docs > report", true, true, true],
    ]);
    expect(
      layout.nodes.map(({ step, kind, width, height }) => [step, kind, width, height]),
    ).toEqual([
      ["design", "step", 160, 44],
      ["build", "foreach", 160, 88],
      ["docs", "step", 160, 44],
      ["report", "step", 160, 44],
    ]);
  });

  test("leads a line around the nodes of the ranks that it passes", () => {
    const { nodes, edges } = layOut(
      definitionOf([
        { id: "first" },
        { id: "middle", dependencies: ["first"] },
        { id: "last", dependencies: ["first", "middle"] },
      ]),
    );
    const middle = nodes[1];
    const long = edges.find(({ from, to }) => from === "first" && to === "last");
    const inside = (long?.points ?? []).filter(
      ([x, y]) =>
        middle !== undefined &&
        x >= middle.x &&
        x <= middle.x + middle.width &&
        y > middle.y - 1 &&
        y < middle.y + middle.height + 1,
    );
    expect([long?.points.length, inside]).toEqual([4, []]);
  });

  test("draws a step with others inside as one node of its kind, and handlers below the rest", () => {
    const inner = [{ id: "a" }, { id: "b" }] as never;
    const layout = layOut(
      definitionOf(
        [
          { id: "fix", steps: inner, loop: { max: 3 } as never },
          { id: "each", steps: inner, foreach: { in: [1] } as never },
          { id: "group", steps: inner },
          { id: "audit", workflow: { workflowId: "audit" } as never },
          { id: "approve", gate: { ask: "?" } as never },
          { id: "sleep", wait: { forMs: 1 } },
          { id: "halt", stop: { as: "completed" } as never },
        ],
        { on: { failure: [{ id: "tell" }], always: [{ id: "clean" }] } },
      ),
    );
    expect(layout.nodes.map(({ step, kind }) => `${step} ${kind}`)).toEqual([
      "fix loop",
      "each foreach",
      "group group",
      "audit workflow",
      "approve gate",
      "sleep wait",
      "halt step",
      ":failure group",
      ":always group",
    ]);
    const [lowest = 0] = layout.nodes
      .slice(0, -2)
      .map(({ y, height }) => y + height)
      .sort((a, b) => b - a);
    expect(layout.nodes.slice(-2).every(({ y }) => y > lowest)).toBe(true);
    expect([layout.edges, faultsOf(layout)]).toEqual([[], []]);
  });

  test.each(
    Object.keys(SHAPES).flatMap((shape) =>
      [1, 2, 60, 1_500].map((count) => [shape, count] as const),
    ),
  )("places %s of %i steps without an overlap, inside the drawing", (shape, count) => {
    const layout = layOut(definitionOf(SHAPES[shape]?.(count) ?? []));
    expect([layout.nodes.length, faultsOf(layout)]).toEqual([count, []]);
  });

  test.each(
    Object.keys(SHAPES).flatMap((shape) => [150, 1_500].map((count) => [shape, count] as const)),
  )("draws %s of %i steps on an area like that of a screen", (shape, count) => {
    const { width, height } = layOut(definitionOf(SHAPES[shape]?.(count) ?? []));
    const ratio = width / height;
    expect([ratio > 0.5, ratio < 10]).toEqual([true, true]);
  });

  test("gives the same layout for the same definition, also after another one", () => {
    const first = layOut(definitionOf(tangled(40)));
    layOut(definitionOf(tangled(300)));
    expect(layOut(definitionOf(tangled(40)))).toEqual(first);
  });

  test("places steps whose ids are names of JavaScript's objects", () => {
    const layout = layOut(
      definitionOf([{ id: "constructor" }, { id: "__proto__", dependencies: ["constructor"] }]),
    );
    expect([layout.nodes.map(({ step }) => step), layout.edges[0]?.points.length]).toEqual([
      ["constructor", "__proto__"],
      2,
    ]);
  });
});
