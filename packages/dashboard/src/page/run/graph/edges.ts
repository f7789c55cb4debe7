import type { GraphLayout } from "../../../api/run.schema.js";
import type { Box } from "./viewport.js";

type Points = GraphLayout["edges"][number]["points"];

/** An edge of a layout, with the box around its line. */
export interface Edge extends Box {
  readonly from: string;
  readonly to: string;
  readonly points: Points;
  /** The line as the data of an SVG path. It ends before the tip. */
  readonly line: string;
  /** The tip of the arrow as the data of an SVG path. */
  readonly tip: string;
}

const TIP_LENGTH = 8;
const TIP_WIDTH = 4;
const CORNER = 14;

/** Returns the edges of a layout, ready to be drawn. */
export function edgesOf({ edges }: GraphLayout): readonly Edge[] {
  return edges.flatMap(({ from, to, points }): Edge[] => {
    const end = points.at(-1);
    if (points.length < 2 || end === undefined) return [];
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    return [
      {
        ...{ from, to, points },
        left: Math.min(...xs),
        right: Math.max(...xs),
        top: Math.min(...ys),
        bottom: Math.max(...ys),
        line: lineOf(points),
        tip: tipOf(end),
      },
    ];
  });
}

/** The edges of which a part may be in the box. */
export function edgesIn(edges: readonly Edge[], box: Box): readonly Edge[] {
  return edges.filter(
    ({ left, right, top, bottom }) =>
      left <= box.right && right >= box.left && top <= box.bottom && bottom >= box.top,
  );
}

// An edge leaves to the right and arrives from the left, so it bends like an S between two points.
function lineOf(points: Points): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return "";
  const end: readonly [number, number] = [last[0] - TIP_LENGTH, last[1]];
  if (rest.length === 1) return `M${at(first)}${bend(first, end)}`;
  const inner = rest.slice(0, -1);
  const parts = [`M${at(first)}`];
  inner.forEach((corner, index) => {
    const before = index === 0 ? first : (inner[index - 1] ?? first);
    const after = inner[index + 1] ?? end;
    const into = towards(corner, before);
    const out = towards(corner, after);
    parts.push(`L${at(into)}Q${at(corner)} ${at(out)}`);
  });
  parts.push(`L${at(end)}`);
  return parts.join("");
}

function bend([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]): string {
  if (y === toY) return `H${round(toX)}`;
  const middle = (x + toX) / 2;
  return `C${at([middle, y])} ${at([middle, toY])} ${at([toX, toY])}`;
}

/** The point on the way from a corner to a neighbour at which the rounding begins. */
function towards(
  [x, y]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): readonly [number, number] {
  const length = Math.hypot(toX - x, toY - y);
  if (length === 0) return [x, y];
  const share = Math.min(CORNER, length / 2) / length;
  return [x + (toX - x) * share, y + (toY - y) * share];
}

function tipOf([x, y]: readonly [number, number]): string {
  return `M${at([x, y])}l-${TIP_LENGTH} ${TIP_WIDTH}v-${2 * TIP_WIDTH}z`;
}

function at([x, y]: readonly [number, number]): string {
  return `${round(x)} ${round(y)}`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
