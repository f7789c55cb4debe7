import { type Graph, NODE_WIDTH, roomOf } from "./graph-of.js";
import { orderRanks } from "./order-ranks.js";
import { NODE_GAP, type Placed, type Point, RANK_GAP } from "./Placed.js";

/** A rank of more nodes than this is divided into columns. */
const COLUMN_LENGTH = 12;
/** How much wider than high a rank of many columns is, and a drawing of many bands. */
const ASPECT = 2;
/** A narrower drawing is not divided into bands. */
const MIN_BAND_WIDTH = 4_000;
const BAND_GAP = 48;
/** How far a line runs straight before it bends. */
const STUB = RANK_GAP / 2;

const COLUMN_WIDTH = NODE_WIDTH + RANK_GAP;

/** The nodes of a rank in columns. */
interface Block {
  readonly columns: readonly (readonly number[])[];
  readonly width: number;
  readonly height: number;
}

/** Consecutive ranks beside each other. */
interface Band {
  readonly blocks: readonly Block[];
  readonly width: number;
  readonly height: number;
}

/**
 * Places a large graph in time about linear in its size. The ranks go from left to right, and like
 * the words of a text they continue in another band below, so that a long chain is not a thread and
 * a wide fan is not a tower.
 */
export function placeInBands(graph: Graph, ranks: readonly number[]): Placed {
  const blocks = orderRanks(graph, ranks).map((rank) => blockOf(graph, rank));
  const bands = bandsOf(blocks);
  const centres: Point[] = [];
  const bandOf: number[] = [];
  const bottoms: number[] = [];
  // A line to the next band leaves the drawing's nodes on the right, and comes back on the left.
  const inset = bands.length > 1 ? STUB : 0;
  let top = 0;
  for (const [number, { blocks: ranksInBand, height }] of bands.entries()) {
    let left = inset;
    for (const { columns, width } of ranksInBand) {
      for (const [column, nodes] of columns.entries()) {
        let y = top + (height - heightOf(graph, nodes)) / 2;
        for (const index of nodes) {
          const own = roomAt(graph, index);
          centres[index] = [left + column * COLUMN_WIDTH + NODE_WIDTH / 2, y + own / 2];
          bandOf[index] = number;
          y += own + NODE_GAP;
        }
      }
      left += width + RANK_GAP;
    }
    bottoms.push(top + height);
    top += height + BAND_GAP;
  }
  return {
    centres,
    lines: graph.edges.map(([from, to]) => {
      const gap = (bottoms[bandOf[from] ?? 0] ?? 0) + BAND_GAP / 2;
      return lineOf(centres[from] ?? [0, 0], centres[to] ?? [0, 0], {
        isSameBand: bandOf[from] === bandOf[to],
        gap,
      });
    }),
    width: Math.max(0, ...bands.map(({ width }) => width)) + 2 * inset,
    height: Math.max(0, top - BAND_GAP),
  };
}

function blockOf(graph: Graph, rank: readonly number[]): Block {
  const cellHeight = heightOf(graph, rank) / Math.max(1, rank.length) + NODE_GAP;
  const square = Math.ceil(Math.sqrt((rank.length * COLUMN_WIDTH) / (ASPECT * cellHeight)));
  const length = Math.max(COLUMN_LENGTH, square);
  const columns: (readonly number[])[] = [];
  for (let at = 0; at < rank.length; at += length) columns.push(rank.slice(at, at + length));
  return {
    columns,
    width: columns.length * COLUMN_WIDTH - RANK_GAP,
    height: Math.max(0, ...columns.map((nodes) => heightOf(graph, nodes))),
  };
}

function heightOf(graph: Graph, indexes: readonly number[]): number {
  const own = indexes.reduce((sum, index) => sum + roomAt(graph, index), 0);
  return own + Math.max(0, indexes.length - 1) * NODE_GAP;
}

function roomAt({ nodes }: Graph, index: number): number {
  const node = nodes[index];
  return node === undefined ? 0 : roomOf(node);
}

function bandsOf(blocks: readonly Block[]): readonly Band[] {
  const whole = bandOf(blocks);
  if (whole.width <= Math.max(MIN_BAND_WIDTH, ASPECT * whole.height)) return [whole];
  // With bands of the height of the highest rank, this width makes the drawing as wide as wanted.
  const area = whole.width * (whole.height + BAND_GAP);
  const limit = Math.max(MIN_BAND_WIDTH, Math.sqrt(ASPECT * area));
  const bands: Band[] = [];
  let taken: Block[] = [];
  for (const block of blocks) {
    if (taken.length > 0 && bandOf([...taken, block]).width > limit) {
      bands.push(bandOf(taken));
      taken = [];
    }
    taken.push(block);
  }
  return [...bands, bandOf(taken)];
}

function bandOf(blocks: readonly Block[]): Band {
  return {
    blocks,
    width: blocks.reduce((sum, { width }) => sum + width + RANK_GAP, -RANK_GAP),
    height: Math.max(0, ...blocks.map(({ height }) => height)),
  };
}

/** From the right side of a node to the left side of another; into another band below the first. */
function lineOf(
  [fromX, fromY]: Point,
  [toX, toY]: Point,
  { isSameBand, gap }: { readonly isSameBand: boolean; readonly gap: number },
): readonly Point[] {
  const [start, end] = [fromX + NODE_WIDTH / 2, toX - NODE_WIDTH / 2];
  const [out, into] = [start + STUB, end - STUB];
  const turns: Point[] = isSameBand
    ? []
    : [
        [out, gap],
        [into, gap],
      ];
  return [[start, fromY], [out, fromY], ...turns, [into, toY], [end, toY]];
}
