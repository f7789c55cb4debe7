import type { TimeScale } from "./time-scale.js";

const HATCH = "repeating-linear-gradient(135deg, var(--surface-3) 0 1px, transparent 1px 5px)";

/** The background of the bars of a row: the present as a line, and folded pauses hatched. */
export function axisPaint({ segments, now }: TimeScale): string {
  const layers: string[] = [];
  if (now !== undefined)
    layers.push(
      `linear-gradient(90deg, transparent calc(${now}% - 1px), var(--line-2) calc(${now}% - 1px) ` +
        `${now}%, transparent ${now}%)`,
    );
  for (const { left, width, isFolded } of segments)
    if (isFolded) {
      // A position in percent is where the same percent of the layer and of the box meet.
      const position = width >= 100 ? 0 : (left / (100 - width)) * 100;
      layers.push(`${HATCH} ${round(position)}% 0 / ${round(width)}% 100% no-repeat`);
    }
  return layers.length === 0 ? "none" : layers.join(", ");
}

function round(n: number): number {
  return Math.round(n * 1000) / 1000;
}
