import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { GraphModel } from "./GraphModel.js";
import { type Colours, coloursOf, type Picture, paintEdges, paintNodes } from "./paint-graph.js";
import type { LayoutNode, Size, Transform } from "./viewport.js";

/** The part of the graph that is in view, from far: edges below, nodes above. */
export function CanvasGraph(props: {
  readonly model: GraphModel;
  readonly nodes: readonly LayoutNode[];
  readonly transform: Transform;
  readonly size: Size;
  readonly selected: string | undefined;
  readonly version: number;
}): VNode {
  const { model, nodes, transform, size, selected } = props;
  const edges = useRef<HTMLCanvasElement>(null);
  const boxes = useRef<HTMLCanvasElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const painted = useRef<{ readonly key: string; readonly colours: Colours }>(null);
  useLayoutEffect(() => {
    const { x, y, scale } = transform;
    const scheme = `${document.documentElement.style.colorScheme}${matchMedia("(prefers-color-scheme: dark)").matches}`;
    const key = [x, y, scale, size.width, size.height, devicePixelRatio, scheme].join();
    const edgeKey = `${key} ${model.critical.value.join()} ${model.edges.value.length}`;
    const isSame = painted.current?.key === edgeKey;
    const colours =
      isSame && painted.current !== null
        ? painted.current.colours
        : coloursOf(probe.current as HTMLElement);
    const picture: Picture = { model, nodes, transform, size, selected, colours };
    // Statuses change often; the edges only with the view.
    if (!isSame) paint(edges.current, size, (context) => paintEdges(context, picture));
    paint(boxes.current, size, (context) => paintNodes(context, picture));
    painted.current = { key: edgeKey, colours };
  });
  return (
    <>
      <span class="probe" ref={probe} aria-hidden="true" />
      <canvas ref={edges} aria-hidden="true" />
      <canvas ref={boxes} aria-hidden="true" />
    </>
  );
}

function paint(
  canvas: HTMLCanvasElement | null,
  { width, height }: Size,
  draw: (context: CanvasRenderingContext2D) => void,
): void {
  const context = canvas?.getContext("2d");
  if (canvas === null || context === null || context === undefined) return;
  const [pixelsX, pixelsY] = [width * devicePixelRatio, height * devicePixelRatio].map(Math.round);
  if (canvas.width !== pixelsX) canvas.width = pixelsX ?? 0;
  if (canvas.height !== pixelsY) canvas.height = pixelsY ?? 0;
  draw(context);
}
