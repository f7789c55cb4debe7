import { grouped } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunList } from "../../api/run.schema.js";
import { navigate } from "../shell/location.js";
import { countOf, countText, totalOf } from "./run-counts.js";
import { PAGE_SIZE, type RunFilter, writeFilter } from "./run-filter.js";

/** Which runs the page shows, and the way to the next and the last one. */
export function RunFoot(props: { readonly list: RunList; readonly filter: RunFilter }): VNode {
  const { list, filter } = props;
  const { cursors } = filter;
  const { next } = list;
  const turn = (turned: readonly string[]): void => {
    navigate(`/runs${writeFilter({ ...filter, cursors: turned })}`);
    scrollTo(0, 0);
  };
  return (
    <div class="foot">
      <span>{rangeText(list, filter)}</span>
      <span class="grow" />
      <span class="hide-narrow">
        <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> open
      </span>
      <button
        type="button"
        class="btn small"
        aria-disabled={cursors.length === 0}
        onClick={() => {
          if (cursors.length > 0) turn(cursors.slice(0, -1));
        }}
      >
        Newer
      </button>
      <button
        type="button"
        class="btn small"
        aria-disabled={next === null}
        onClick={() => {
          if (next !== null) turn([...cursors, next]);
        }}
      >
        Older
      </button>
    </div>
  );
}

/** `51 to 100 of 1,284, newest first`. */
function rangeText(
  { runs, counts, areCountsCut }: RunList,
  { cursors, status }: RunFilter,
): string {
  const first = cursors.length * PAGE_SIZE + 1;
  const total = status === undefined ? totalOf(counts) : countOf(counts, status);
  const last = first + runs.length - 1;
  const all = countText(Math.max(total, last), areCountsCut);
  return `${grouped(first)} to ${grouped(last)} of ${all}, newest first`;
}
