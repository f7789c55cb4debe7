import { graphlib, layout } from "@dagrejs/dagre";
import { type Graph, NODE_WIDTH, roomOf } from "./graph-of.js";
import { NODE_GAP, type Placed, type Point, RANK_GAP } from "./Placed.js";

/** A graph with more parts than this is ranked in the faster, looser way. */
const EXACT_PART_COUNT = 200;

/**
 * Places a graph with few crossings, and leads long edges around nodes. The time grows with more
 * than the square of `partCount`: the nodes, and the ranks that the edges cross.
 */
export function placeWithDagre(
  { nodes, edges }: Graph,
  ranks: readonly number[],
  partCount: number,
): Placed {
  const drawing = new graphlib.Graph();
  const ranker = partCount <= EXACT_PART_COUNT ? "network-simplex" : "longest-path";
  drawing.setGraph({ rankdir: "LR", nodesep: NODE_GAP, edgesep: 8, ranksep: RANK_GAP, ranker });
  // Named by their indexes, because dagre keeps names as keys of plain objects.
  for (const [index, node] of nodes.entries())
    drawing.setNode(String(index), { width: node.width, height: roomOf(node) });
  const last = Math.max(0, ...ranks);
  // The edges in front are shorter, because a step starts as early as it can.
  for (const [from, to] of edges)
    drawing.setEdge(String(from), String(to), { weight: 1 + last - (ranks[from] ?? 0) });
  layout(drawing);
  const { width = 0, height = 0 } = drawing.graph() as { width?: number; height?: number };
  const centres = nodes.map((_, index): Point => {
    const { x, y } = drawing.node(String(index)) as Spot;
    return [x, y];
  });
  const columns = new Set(centres.map(([x]) => Math.round(x)));
  return {
    centres,
    lines: edges.map(([from, to]) => {
      const { points } = drawing.edge(String(from), String(to)) as { points: readonly Spot[] };
      const passed = points.slice(1, -1).filter(({ x }) => columns.has(Math.round(x)));
      return lineOf(centres[from] ?? [0, 0], centres[to] ?? [0, 0], passed);
    }),
    width,
    height,
  };
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** From the right side of a node to the left side of another, level where it passes other nodes. */
function lineOf(
  [fromX, fromY]: Point,
  [toX, toY]: Point,
  passed: readonly Spot[],
): readonly Point[] {
  const half = NODE_WIDTH / 2;
  return [
    [fromX + half, fromY],
    ...passed.flatMap(({ x, y }): Point[] => [
      [x - half, y],
      [x + half, y],
    ]),
    [toX - half, toY],
  ];
}
