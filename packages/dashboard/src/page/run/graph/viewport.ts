import type { GraphLayout } from "../../../api/run.schema.js";

/** A node of a layout. */
export type LayoutNode = GraphLayout["nodes"][number];

/** How the drawing is moved and magnified: a point of it is at `x + scale * point` in the view. */
export interface Transform {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The size of the view, in px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is in view, in the coordinates of the drawing. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A drawing is not made larger than this to fit. */
const LARGEST_FIT = 1;
const SMALLEST_SCALE = 0.02;
const LARGEST_SCALE = 2.5;
const PADDING = 6;
/** With narrower nodes or more of them, shapes of their own cost more than a picture. */
const LEAST_NODE_WIDTH = 48;
const MOST_NODES = 120;

/** Returns the transform that shows the whole drawing in the middle of the view. */
export function fitted(drawing: Size, view: Size): Transform {
  const scale = clamp(
    Math.min(
      (view.width - 2 * PADDING) / Math.max(1, drawing.width),
      (view.height - 2 * PADDING) / Math.max(1, drawing.height),
      LARGEST_FIT,
    ),
  );
  return {
    scale,
    x: (view.width - drawing.width * scale) / 2,
    y: (view.height - drawing.height * scale) / 2,
  };
}

/** A smaller drawing cannot be read, and is opened at a place of it instead, at this scale. */
const LEAST_READABLE = 0.55;
const READABLE = 0.75;

/**
 * Returns how a drawing is shown at first: as a whole if its words can be read or if it has too
 * many nodes to read, else with a node of it in the middle.
 */
export function opened(
  drawing: Size,
  view: Size,
  nodeCount: number,
  at: LayoutNode | undefined,
): Transform {
  const whole = fitted(drawing, view);
  if (whole.scale >= LEAST_READABLE || nodeCount > MOST_NODES || at === undefined) return whole;
  const scale = READABLE;
  const begin = (middle: number, size: number, room: number): number =>
    size * scale <= room
      ? (room - size * scale) / 2
      : Math.min(PADDING, Math.max(room - PADDING - size * scale, room / 2 - middle * scale));
  return {
    scale,
    x: begin(at.x + at.width / 2, drawing.width, view.width),
    y: begin(at.y + at.height / 2, drawing.height, view.height),
  };
}

/** Magnifies around a point of the view, which stays where it is. */
export function zoomed(transform: Transform, factor: number, at: readonly [number, number]) {
  const scale = clamp(transform.scale * factor);
  const applied = scale / transform.scale;
  const [atX, atY] = at;
  return {
    scale,
    x: atX - (atX - transform.x) * applied,
    y: atY - (atY - transform.y) * applied,
  };
}

/** Moves the drawing, but never so far that nothing of it is in view. */
export function moved(transform: Transform, byX: number, byY: number, drawing: Size, view: Size) {
  const { scale } = transform;
  const keep = 40;
  const within = (value: number, size: number, room: number): number =>
    Math.min(room - keep, Math.max(keep - size * scale, value));
  return {
    scale,
    x: within(transform.x + byX, drawing.width, view.width),
    y: within(transform.y + byY, drawing.height, view.height),
  };
}

/** The part of the drawing that is in view. */
export function boxInView({ x, y, scale }: Transform, { width, height }: Size): Box {
  return {
    left: -x / scale,
    top: -y / scale,
    right: (width - x) / scale,
    bottom: (height - y) / scale,
  };
}

/** A point of the view in the coordinates of the drawing. */
export function inDrawing({ x, y, scale }: Transform, at: readonly [number, number]) {
  return [(at[0] - x) / scale, (at[1] - y) / scale] as const;
}

/** The nodes of which a part is in the box. */
export function nodesIn(nodes: readonly LayoutNode[], box: Box): readonly LayoutNode[] {
  return nodes.filter(
    ({ x, y, width, height }) =>
      x <= box.right && x + width >= box.left && y <= box.bottom && y + height >= box.top,
  );
}

/** Whether nodes are drawn as shapes with words; if not, as a picture. */
export function hasShapes(nodes: readonly LayoutNode[], { scale }: Transform): boolean {
  const width = nodes[0]?.width ?? LEAST_NODE_WIDTH;
  return nodes.length <= MOST_NODES && width * scale >= LEAST_NODE_WIDTH;
}

function clamp(scale: number): number {
  return Math.min(LARGEST_SCALE, Math.max(SMALLEST_SCALE, scale));
}
