import type { RowSource } from "../steps/step-rows.js";
import { CELL_HEIGHT, CELL_WIDTH, cellsOf } from "./cells.js";
import type { LayoutNode } from "./viewport.js";

/** The step at a point of the drawing: an item if its cell is there; undefined beside the nodes. */
export function stepAt(
  nodes: readonly LayoutNode[],
  source: RowSource,
  [x, y]: readonly [number, number],
  hasCells: boolean,
): string | undefined {
  const node = nodes.find((each) => isIn(x, y, each));
  if (node === undefined) return undefined;
  if (hasCells && node.kind === "foreach") {
    const size = { width: CELL_WIDTH, height: CELL_HEIGHT };
    const cell = cellsOf(node, source).cells.find((each) => isIn(x, y, { ...each, ...size }));
    if (cell !== undefined) return cell.path;
  }
  return node.step;
}

function isIn(
  x: number,
  y: number,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): boolean {
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}
