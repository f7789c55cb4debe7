import type { Tone } from "../../shell/Icons.jsx";
import { edgesIn } from "./edges.js";
import type { GraphModel } from "./GraphModel.js";
import { boxInView, type LayoutNode, type Size, type Transform } from "./viewport.js";

/** The colours of a picture, as the canvas takes them. */
export interface Colours {
  readonly edge: string;
  readonly critical: string;
  readonly selected: string;
  readonly surface: string;
  readonly pending: string;
  readonly tones: Readonly<Record<Tone, string>>;
}

const NAMES = {
  edge: "--line-2",
  critical: "--text-2",
  selected: "--accent",
  surface: "--surface",
  pending: "--control",
} as const;

const TONES: Readonly<Record<Tone, string>> = {
  ok: "--ok-bar",
  fail: "--fail-bar",
  run: "--run-bar",
  wait: "--wait-bar",
  unk: "--unk-fg",
  idle: "--idle-bar",
};

/** Reads the colours that the stylesheet has at present. A canvas does not know its variables. */
export function coloursOf(probe: HTMLElement): Colours {
  const read = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const tones = Object.fromEntries(
    Object.entries(TONES).map(([tone, name]) => [tone, read(name)]),
  ) as Record<Tone, string>;
  return {
    edge: read(NAMES.edge),
    critical: read(NAMES.critical),
    selected: read(NAMES.selected),
    surface: read(NAMES.surface),
    pending: read(NAMES.pending),
    tones,
  };
}

/** What is painted. */
export interface Picture {
  readonly model: GraphModel;
  readonly nodes: readonly LayoutNode[];
  readonly transform: Transform;
  readonly size: Size;
  readonly selected: string | undefined;
  readonly colours: Colours;
}

/** Wide enough to be seen, however small the drawing is. */
const LEAST_SIZE = 2;

/** Paints the nodes that are in view, as boxes in the colours of their statuses. */
export function paintNodes(context: CanvasRenderingContext2D, picture: Picture): void {
  const { model, nodes, transform, selected, colours } = picture;
  begin(context, picture);
  const { scale } = transform;
  const least = LEAST_SIZE / scale;
  // One colour at a time: a change of colour costs more than a box.
  const groups = new Map<string, LayoutNode[]>();
  for (const node of nodes) {
    const colour = model.isReached(node.step) ? colours.tones[model.toneOf(node)] : "";
    const group = groups.get(colour);
    if (group === undefined) groups.set(colour, [node]);
    else group.push(node);
  }
  for (const [colour, group] of groups) {
    context.beginPath();
    for (const { x, y, width, height } of group)
      context.rect(x, y, Math.max(width, least), Math.max(height, least));
    context.fillStyle = colour === "" ? colours.surface : colour;
    context.fill();
    if (colour !== "") continue;
    context.lineWidth = 1 / scale;
    context.strokeStyle = colours.pending;
    context.stroke();
  }
  const chosen = nodes.find(({ step }) => step === selected);
  if (chosen === undefined) return;
  const around = 3 / scale;
  context.lineWidth = 2 / scale;
  context.strokeStyle = colours.selected;
  context.strokeRect(
    chosen.x - around,
    chosen.y - around,
    chosen.width + 2 * around,
    chosen.height + 2 * around,
  );
}

/** Paints the edges that are in view: straight lines, since a bend is not seen from far. */
export function paintEdges(context: CanvasRenderingContext2D, picture: Picture): void {
  const { model, transform, size, colours } = picture;
  begin(context, picture);
  const path = model.critical.value;
  const critical = new Set(path.slice(1).map((to, index) => `${path[index]}\n${to}`));
  const edges = edgesIn(model.edges.value, boxInView(transform, size));
  for (const isCritical of [false, true]) {
    context.beginPath();
    for (const { from, to, points } of edges) {
      if (critical.has(`${from}\n${to}`) !== isCritical) continue;
      points.forEach(([x, y], index) => {
        if (index === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      });
    }
    context.lineWidth = (isCritical ? 2 : 1) / transform.scale;
    context.strokeStyle = isCritical ? colours.critical : colours.edge;
    context.stroke();
  }
}

function begin(context: CanvasRenderingContext2D, { transform, size }: Picture): void {
  const ratio = devicePixelRatio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  const { x, y, scale } = transform;
  context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
}
