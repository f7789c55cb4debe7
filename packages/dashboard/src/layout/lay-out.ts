import type { WorkflowDefinition } from "@automatosx/schemas";
import type { GraphLayout } from "../api/run.schema.js";
import { type Graph, type GraphNode, graphOf } from "./graph-of.js";
import { NODE_GAP, type Placed, type Point } from "./Placed.js";
import { placeInBands } from "./place-in-bands.js";
import { placeWithDagre } from "./place-with-dagre.js";
import { ranksOf } from "./rank.js";

/**
 * The largest graph that dagre places in about a quarter of a second, in nodes and crossed ranks.
 */
const DAGRE_PART_COUNT = 500;
/** More ranks, or more nodes in one, would make a thread or a tower: see `placeInBands`. */
const DAGRE_RANK_COUNT = 20;
const DAGRE_RANK_LENGTH = 20;

/** The space around the drawing, which a border and the pile of a fan-out need. */
const MARGIN_X = 12;
const MARGIN_Y = 6;

/** The space above the nodes of handlers. */
const HANDLER_GAP = 24;

/**
 * Returns where the steps of a workflow are drawn, in pixels, from left to right. A group, a
 * fan-out, a loop and an included workflow are one node; handlers are nodes without edges below the
 * others, `:failure` and `:always`. The same definition always gives the same layout. Takes less
 * than a second for 10,000 steps.
 */
export function layOut(definition: WorkflowDefinition): GraphLayout {
  const graph = graphOf(definition);
  const { centres, lines, width, height } = placed(graph);
  const handlers = handlerNodes(graph.handlers, height);
  const bottom = handlers.length === 0 ? height : height + HANDLER_GAP + rowHeight(graph.handlers);
  return {
    width: Math.ceil(Math.max(width, rowWidth(graph.handlers)) + 2 * MARGIN_X),
    height: Math.ceil(bottom + 2 * MARGIN_Y),
    nodes: [...graph.nodes.map((node, index) => nodeAt(node, centres[index])), ...handlers],
    edges: graph.edges.map(([from, to], index) => ({
      from: graph.nodes[from]?.step ?? "",
      to: graph.nodes[to]?.step ?? "",
      points: (lines[index] ?? []).map(inDrawing),
    })),
  };
}

function placed(graph: Graph): Placed {
  const ranks = ranksOf(graph);
  const crossed = graph.edges.reduce(
    (sum, [from, to]) => sum + (ranks[to] ?? 0) - (ranks[from] ?? 0),
    0,
  );
  const partCount = graph.nodes.length + crossed;
  const lengths = new Map<number, number>();
  for (const rank of ranks) lengths.set(rank, (lengths.get(rank) ?? 0) + 1);
  const isCompact =
    lengths.size <= DAGRE_RANK_COUNT && Math.max(0, ...lengths.values()) <= DAGRE_RANK_LENGTH;
  return isCompact && partCount <= DAGRE_PART_COUNT
    ? placeWithDagre(graph, ranks, partCount)
    : placeInBands(graph, ranks);
}

type LayoutNode = GraphLayout["nodes"][number];

function nodeAt({ step, kind, width, height }: GraphNode, [x, y]: Point = [0, 0]): LayoutNode {
  const [left, top] = inDrawing([x - width / 2, y - height / 2]);
  return { step, kind, x: left, y: top, width, height };
}

function handlerNodes(handlers: readonly GraphNode[], height: number): LayoutNode[] {
  return handlers.map((node, index) =>
    nodeAt(node, [
      index * (node.width + NODE_GAP) + node.width / 2,
      height + HANDLER_GAP + node.height / 2,
    ]),
  );
}

function rowWidth(nodes: readonly GraphNode[]): number {
  return nodes.reduce((sum, { width }) => sum + width + NODE_GAP, 0);
}

function rowHeight(nodes: readonly GraphNode[]): number {
  return Math.max(0, ...nodes.map(({ height }) => height));
}

function inDrawing([x, y]: Point): [number, number] {
  return [Math.round(x + MARGIN_X), Math.round(y + MARGIN_Y)];
}
