import { count } from "@automatosx/run-view";
import type { VNode } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { RunStore } from "../../client/RunStore.js";
import { selectedStep } from "../selection.js";
import type { StepList } from "../steps/StepList.js";
import { CanvasGraph } from "./CanvasGraph.jsx";
import { GraphModel } from "./GraphModel.js";
import { stepAt } from "./pick.js";
import { SvgGraph } from "./SvgGraph.jsx";
import { usePanZoom } from "./use-pan-zoom.js";
import {
  boxInView,
  hasShapes,
  inDrawing,
  nodesIn,
  opened,
  type Size,
  type Transform,
} from "./viewport.js";

const ZOOM_STEP = 1.3;

/** The graph of the run: what depends on what, and how far it is. */
export function GraphPane(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly onPick: (path: string) => void;
}): VNode {
  const { store, list, onPick } = props;
  const model = useMemo(() => new GraphModel(store, list), [store, list]);
  const view = useRef<HTMLDivElement>(null);
  const layout = model.layout.value;
  // The statuses of the steps are read from the list.
  void list.rows.value;
  const open = (size: Size): Transform => {
    const node = layout.nodes.find(({ step }) => step === nodeOf(selectedStep.peek()));
    return opened(layout, size, layout.nodes.length, node);
  };
  const panZoom = usePanZoom(view, layout, open, (at, transform) => {
    const nodes = store.layout.peek().nodes;
    const path = stepAt(nodes, list.table, inDrawing(transform, at), hasShapesNow());
    const step = path === undefined ? undefined : (model.stepOf({ step: path })?.id ?? path);
    if (step !== undefined && list.table.get(step) !== undefined) onPick(step);
  });
  const transform = panZoom.transform.value;
  const size = panZoom.size.value;
  const nodes = nodesIn(layout.nodes, boxInView(transform, size));
  const hasShapesNow = (): boolean => hasShapes(nodes, panZoom.transform.peek());
  const isDrawn = size.width > 0 && size.height > 0;
  const selected = nodeOf(selectedStep.value);
  const shared = { model, nodes, transform, size };
  return (
    <div class="graph" style={{ "--drawing": `${layout.height}px` }}>
      <div class="pane-h">
        <h2>Graph</h2>
        <span>{summary(layout.nodes.length, list)}</span>
        <span class="grow" />
        <Legend />
      </div>
      <div class="graph-view" ref={view} role="img" aria-label={model.sentence()}>
        {isDrawn &&
          (hasShapes(nodes, transform) ? (
            <SvgGraph {...shared} source={list.table} selected={selectedStep.value ?? selected} />
          ) : (
            <CanvasGraph {...shared} selected={selected} version={store.version.value} />
          ))}
      </div>
      <div class="zoom" role="group" aria-label="Zoom">
        <button
          type="button"
          class="btn icon small"
          aria-label="Zoom out"
          onClick={() => panZoom.zoom(1 / ZOOM_STEP)}
        >
          −
        </button>
        <button
          type="button"
          class="btn icon small"
          aria-label="Zoom in"
          onClick={() => panZoom.zoom(ZOOM_STEP)}
        >
          +
        </button>
        <button type="button" class="btn small fit" onClick={() => panZoom.fit()}>
          Fit
        </button>
      </div>
    </div>
  );
}

function Legend(): VNode {
  return (
    <span class="legend hide-narrow">
      <svg width="26" height="8" aria-hidden="true">
        <path d="M0 4h26" stroke="var(--text-2)" stroke-width="2.25" />
      </svg>
      <span>critical path</span>
      <svg width="26" height="8" aria-hidden="true">
        <path d="M0 4h26" stroke="var(--control)" stroke-width="1.5" stroke-dasharray="4 3" />
      </svg>
      <span>not reached</span>
    </span>
  );
}

function summary(steps: number, { table }: StepList): string {
  let items = 0;
  for (const path of table.inner.get(undefined) ?? [])
    items += table.get(path)?.detail?.keys?.length ?? 0;
  return [count(steps, "step"), ...(items > 0 ? [count(items, "item")] : [])].join(", ");
}

/** The node of a step: that of the outermost step around it. */
function nodeOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : /^:?[^.[#:]+/u.exec(path)?.[0];
}
