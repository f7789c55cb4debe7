import { cleanLine, duration } from "@automatosx/run-view";
import type { VNode } from "preact";
import { Icon } from "../../shell/Icons.jsx";
import type { Bar } from "./row-bars.js";
import type { ShownRow } from "./StepList.js";

const CLASSES: Readonly<Record<Bar["kind"], string>> = {
  ok: "b-ok",
  run: "b-run",
  failed: "b-fail",
  "last-failed": "b-fail last",
  cut: "b-cut",
  hold: "b-hold",
  queue: "b-queue",
  around: "b-env",
  cached: "b-cached",
};

/** The identifier of a row in the document, by its index. */
function rowId(index: number): string {
  return `step-row-${index}`;
}

/** One row of the list of steps. */
export function GridRow(props: {
  readonly shown: ShownRow;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly top: number;
  readonly hasCost: boolean;
  readonly onPick: (shown: ShownRow) => void;
  readonly onFold: (key: string, isOpen: boolean) => void;
}): VNode {
  const { shown, isSelected, isActive, top, hasCost, onPick, onFold } = props;
  const { row, index, words, bars, tookMs, cost } = shown;
  const { icon, tone, label, chip, said, sentence } = words;
  const took = tookMs === undefined ? "" : duration(tookMs);
  return (
    <div
      id={rowId(index)}
      class={`fr${isSelected ? " sel" : ""}`}
      role="row"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-label={sentence}
      {...(row.isOpen !== undefined && { "aria-expanded": row.isOpen })}
      tabIndex={isActive ? 0 : -1}
      style={{ top: `${top}px`, "--l": indentOf(row.level) }}
      onClick={() => onPick(shown)}
    >
      <span role="rowheader">
        <Twist row={row} onFold={onFold} />
        <Icon name={icon} tone={tone} {...(icon === "running" && { class: "spin" })} />
        <span class="nm cut" title={row.rest === undefined ? cleanLine(row.path) : label}>
          {label}
        </span>
        {chip !== undefined && <span class="chip">{chip}</span>}
        <span class={`said cut ${tone === "ok" || tone === "idle" ? "dim" : tone}`} title={said}>
          {said}
        </span>
      </span>
      <span class="bars" role="gridcell" aria-hidden="true">
        {bars.map((bar, at) => (
          <b key={at} class={classOf(bar)} title={bar.title} style={placeOfBar(bar)} />
        ))}
      </span>
      <span class="num" role="gridcell">
        {took}
      </span>
      {hasCost && (
        <span class="num cost" role="gridcell">
          {cost}
        </span>
      )}
    </div>
  );
}

function Twist(props: {
  readonly row: ShownRow["row"];
  readonly onFold: (key: string, isOpen: boolean) => void;
}): VNode {
  const { row, onFold } = props;
  const { isOpen, key } = row;
  if (isOpen === undefined) return <span class="twist" />;
  const fold = (event: Event): void => {
    event.stopPropagation();
    onFold(key, !isOpen);
  };
  return (
    // biome-ignore lint/a11y: the arrow keys fold a row; this is the same for a pointer.
    <span class="twist" aria-hidden="true" onClick={fold}>
      <Icon name={isOpen ? "down" : "right"} isSmall />
    </span>
  );
}

function classOf({ kind, top, ended }: Bar): string {
  return [CLASSES[kind], top === undefined ? "" : "thin", ended ?? ""].filter(Boolean).join(" ");
}

// The first level has the mark of folding at the edge; each next one is indented by a step.
function indentOf(level: number): number {
  return level === 1 ? 1 : level + 1;
}

function placeOfBar({ left, width, top }: Bar): Record<string, string> {
  return {
    left: `${left}%`,
    width: `${width}%`,
    ...(top !== undefined && { top: `${top}%` }),
  };
}
