import { cleanLine } from "@automatosx/run-view";
import type { VNode } from "preact";
import { lookOf } from "../../shell/status-looks.js";
import type { RowSource } from "../steps/step-rows.js";
import { CELL_HEIGHT, CELL_WIDTH, cellPlace, cellsOf } from "./cells.js";
import { edgesIn } from "./edges.js";
import type { GraphModel, NodeLook } from "./GraphModel.js";
import { boxInView, type LayoutNode, type Size, type Transform } from "./viewport.js";

/** The part of the graph that is in view, as shapes with words. */
export function SvgGraph(props: {
  readonly model: GraphModel;
  readonly source: RowSource;
  readonly nodes: readonly LayoutNode[];
  readonly transform: Transform;
  readonly size: Size;
  readonly selected: string | undefined;
}): VNode {
  const { model, source, nodes, transform, size, selected } = props;
  const { x, y, scale } = transform;
  const critical = pairsOf(model.critical.value);
  const edges = edgesIn(model.edges.value, boxInView(transform, size));
  return (
    <svg class="g" aria-hidden="true">
      <g transform={`translate(${round(x)} ${round(y)}) scale(${scale})`}>
        {edges.map(({ from, to, line, tip }) => {
          const kind = critical.has(`${from}\n${to}`) ? "crit" : model.isReached(to) ? "" : "todo";
          return (
            <g key={`${from}\n${to}`}>
              <path class={`e ${kind}`} d={line} />
              <path class={`tip ${kind}`} d={tip} />
            </g>
          );
        })}
        {nodes.map((node) => (
          <Node
            key={node.step}
            node={node}
            look={model.lookOf(node)}
            source={source}
            selected={selected}
          />
        ))}
      </g>
    </svg>
  );
}

const CLASSES = {
  ok: "n-ok ok",
  fail: "n-fail fail",
  run: "n-run run",
  wait: "n-wait wait",
  unk: "n-unk unk",
  idle: "n-idle idle",
} as const;

const RADIUS = 8;
const ICON = 16;
const TEXT_LEFT = 36;

function Node(props: {
  readonly node: LayoutNode;
  readonly look: NodeLook;
  readonly source: RowSource;
  readonly selected: string | undefined;
}): VNode {
  const { node, look, source, selected } = props;
  const { step, kind, x, y, width, height } = node;
  const { label, chip, sub, icon, tone, isReached } = look;
  const isFanOut = kind === "foreach";
  const middle = isFanOut ? y + 20 : y + height / 2;
  const box = { x, y, width, height, rx: RADIUS };
  return (
    <g class={`node ${isReached ? CLASSES[tone] : "n-pend idle"}`}>
      <title>{cleanLine(step)}</title>
      {isFanOut && (
        <>
          <rect class="pile" {...box} x={x + 8} y={y - 6} />
          <rect class="pile" {...box} x={x + 4} y={y - 3} />
        </>
      )}
      <rect class="box" {...box} />
      {selected === step && (
        <rect
          class="halo"
          x={x - 3}
          y={y - 3}
          width={width + 6}
          height={height + 6}
          rx={RADIUS + 2}
        />
      )}
      <use href={`#i-${icon}`} x={x + 10} y={middle - ICON / 2} width={ICON} height={ICON} />
      <svg x={x} y={y} width={width - 4} height={height} overflow="hidden">
        <text x={TEXT_LEFT} y={middle - y - 3}>
          {label}
          {chip !== undefined && <tspan class="sub"> {chip}</tspan>}
        </text>
        <text class="sub" x={TEXT_LEFT} y={middle - y + 13}>
          {sub}
        </text>
      </svg>
      {isFanOut && <Cells node={node} source={source} selected={selected} />}
    </g>
  );
}

function Cells(props: {
  readonly node: LayoutNode;
  readonly source: RowSource;
  readonly selected: string | undefined;
}): VNode {
  const { node, source, selected } = props;
  const { cells, more } = cellsOf(node, source);
  const place = cellPlace(node, cells.length);
  return (
    <>
      {cells.map(({ path, status, x, y }) => {
        const { icon, tone } = lookOf(status);
        return (
          <g key={path} class={tone}>
            <title>{`${cleanLine(path)}, ${status}`}</title>
            <rect
              class={`cell${path === selected ? " cur" : ""}`}
              x={x}
              y={y}
              width={CELL_WIDTH}
              height={CELL_HEIGHT}
              rx="4"
            />
            <use href={`#i-${icon}`} x={x + 4} y={y + 3} width="12" height="12" />
          </g>
        );
      })}
      {more > 0 && (
        <text class="sub" x={place.x} y={place.y + 13}>
          +{more}
        </text>
      )}
    </>
  );
}

function pairsOf(path: readonly string[]): ReadonlySet<string> {
  return new Set(path.slice(1).map((to, index) => `${path[index]}\n${to}`));
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
