/** A point of a drawing, from its top left corner, in pixels. */
export type Point = readonly [x: number, y: number];

/** Where the nodes and edges of a graph are, in the order of the graph. */
export interface Placed {
  /** The centre of each node. */
  readonly centres: readonly Point[];
  /** The line of each edge, from the right side of a node to the left side of another. */
  readonly lines: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

/** The space between the ranks, and between the nodes of a rank. */
export const RANK_GAP = 32;
export const NODE_GAP = 10;
