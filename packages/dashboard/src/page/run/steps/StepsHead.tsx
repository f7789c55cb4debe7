import type { VNode } from "preact";
import { changeQuery } from "../../shell/location.js";
import { leftPane, rowFilter } from "../selection.js";

const FILTERS = [
  ["all", "All"],
  ["open", "Open"],
  ["failed", "Failed"],
] as const;

const PANES = [
  ["steps", "Steps"],
  ["graph", "Graph"],
] as const;

/** The heading of the list of steps, with what it lists. */
export function StepsHead(): VNode {
  return (
    <div class="pane-h steps-h" id="steps">
      <h2>Steps</h2>
      <span class="only-mid seg" role="group" aria-label="Left side">
        {PANES.map(([pane, label]) => (
          <button
            key={pane}
            type="button"
            aria-pressed={leftPane.value === pane}
            onClick={() => changeQuery({ pane: pane === "steps" ? undefined : pane })}
          >
            {label}
          </button>
        ))}
      </span>
      <span class="hide-narrow hide-mid">one bar per attempt, pauses folded</span>
      <span class="grow" />
      <span class="seg rows-shown" role="group" aria-label="Show">
        {FILTERS.map(([filter, label]) => (
          <button
            key={filter}
            type="button"
            aria-pressed={rowFilter.value === filter}
            onClick={() => changeQuery({ show: filter === "all" ? undefined : filter })}
          >
            {label}
          </button>
        ))}
      </span>
    </div>
  );
}
