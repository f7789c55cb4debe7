import type { StepInfo } from "@automatosx/run-view";
import type { RowSource } from "../steps/step-rows.js";
import type { LayoutNode } from "./viewport.js";

/** A cell in the node of a fan-out: one item. */
export interface Cell {
  readonly path: string;
  readonly status: string;
  readonly step: StepInfo;
  readonly x: number;
  readonly y: number;
}

export const CELL_WIDTH = 20;
export const CELL_HEIGHT = 18;
const GAP = 4;
const TOP = 40;
const SIDE = 10;
const COLUMNS = 6;
const ROWS = 2;

const ORDER = ["failed", "unknown", "waiting", "open", "running", "ready", "completed"];

/** The cells that have room in the node of a fan-out, and how many items have none. */
export function cellsOf(
  node: LayoutNode,
  source: RowSource,
): { readonly cells: readonly Cell[]; readonly more: number } {
  const paths = source.inner.get(node.step) ?? [];
  const room = COLUMNS * ROWS;
  const items = paths.flatMap((path) => source.get(path) ?? []);
  const sorted = items.length <= room ? byStatus(items) : firstByStatus(items, room - 1);
  const cells = sorted.map((step, index) => ({
    path: step.id,
    status: step.status,
    step,
    ...cellPlace(node, index),
  }));
  return { cells, more: items.length - cells.length };
}

/** Where the cell behind the last one is: it says how many items have no cell. */
export function cellPlace({ x, y }: LayoutNode, index: number): { x: number; y: number } {
  return {
    x: x + SIDE + (index % COLUMNS) * (CELL_WIDTH + GAP),
    y: y + TOP + Math.floor(index / COLUMNS) * (CELL_HEIGHT + GAP),
  };
}

function byStatus(items: readonly StepInfo[]): readonly StepInfo[] {
  return items.toSorted((left, right) => rankOf(left) - rankOf(right));
}

// A fan-out may have thousands of items, and is drawn again with each change.
function firstByStatus(items: readonly StepInfo[], room: number): readonly StepInfo[] {
  const first: StepInfo[] = [];
  for (let rank = 0; rank <= ORDER.length && first.length < room; rank += 1)
    for (const item of items) {
      if (rankOf(item) === rank) first.push(item);
      if (first.length === room) break;
    }
  return first;
}

function rankOf({ status }: StepInfo): number {
  const rank = ORDER.indexOf(status);
  return rank < 0 ? ORDER.length : rank;
}
