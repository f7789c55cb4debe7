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

// Between two points a line leaves to the right and arrives from the left, so it bends like an S.
function lineOf(points: Points): string {
  const parts: string[] = [];
  points.forEach(([x, y], index) => {
    const before = points[index - 1];
    if (before === undefined) {
      parts.push(`M${at([x, y])}`);
      return;
    }
    const isLast = index === points.length - 1;
    parts.push(bend(before, [isLast ? x - TIP_LENGTH : x, y]));
  });
  return parts.join("");
}

function bend([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]): string {
  if (y === toY) return `H${round(toX)}`;
  const middle = (x + toX) / 2;
  return `C${at([middle, y])} ${at([middle, toY])} ${at([toX, toY])}`;
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
