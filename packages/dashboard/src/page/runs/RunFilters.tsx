import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunList } from "../../api/run.schema.js";
import { Icon } from "../shell/Icons.jsx";
import { useKeys } from "../shell/keys.js";
import { DaysFilter, WorkflowFilter } from "./FilterMenus.jsx";
import { countOf, countText } from "./run-counts.js";
import { type RunFilter, STATUS_FILTERS, type StatusFilter, writeFilter } from "./run-filter.js";
import { showRuns } from "./show-runs.js";

/** A search begins when nothing was typed for this time, in ms. */
const TYPING_MS = 250;

/** The search, the filters, and the button behind which new runs wait. */
export function RunFilters(props: {
  readonly filter: RunFilter;
  readonly list: Pick<RunList, "counts" | "areCountsCut"> | undefined;
  readonly newCount: number;
  readonly onNew: () => void;
}): VNode {
  const { filter, list, newCount, onNew } = props;
  return (
    <search class="filters">
      <Search filter={filter} />
      <StatusFilters filter={filter} list={list} />
      <WorkflowFilter filter={filter} />
      <DaysFilter filter={filter} />
      <label class="opt hide-narrow">
        <input
          type="checkbox"
          checked={filter.children === true}
          onChange={({ currentTarget }) => {
            const { children: _, ...rest } = filter;
            showRuns(currentTarget.checked ? { ...rest, children: true } : rest);
          }}
        />
        Child runs
      </label>
      <span class="grow" />
      {newCount > 0 && (
        <button type="button" class="btn small" onClick={onNew}>
          <Icon name="up" isSmall />
          {newCount === 1 ? "1 new run" : `${newCount} new runs`}
        </button>
      )}
    </search>
  );
}

function Search({ filter }: { readonly filter: RunFilter }): VNode {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useKeys([{ keys: "/", label: "Find runs", run: () => input.current?.focus() }]);
  // The address changes without the field when the reader goes back.
  useEffect(() => {
    const field = input.current;
    if (field !== null && field.value.trim() !== (filter.q ?? "")) field.value = filter.q ?? "";
  }, [filter.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const find = (): void => {
    clearTimeout(timer.current);
    const text = input.current?.value.trim() ?? "";
    if (text === (filter.q ?? "")) return;
    const { q: _, ...rest } = filter;
    showRuns(text === "" ? rest : { ...rest, q: text }, true);
  };
  return (
    <label class="field">
      <Icon name="find" />
      <input
        ref={input}
        type="search"
        placeholder="Find id, workflow, input, error"
        aria-label="Find runs"
        maxLength={200}
        defaultValue={filter.q ?? ""}
        onInput={() => {
          clearTimeout(timer.current);
          timer.current = setTimeout(find, TYPING_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") find();
          if (event.key === "Escape") {
            event.currentTarget.value = "";
            find();
            event.currentTarget.blur();
          }
        }}
      />
      <kbd class="hide-narrow">/</kbd>
    </label>
  );
}

const LABELS: Readonly<Record<StatusFilter, string>> = {
  open: "Open",
  failed: "Failed",
  completed: "Completed",
  cancelled: "Cancelled",
};

function StatusFilters(props: {
  readonly filter: RunFilter;
  readonly list: Pick<RunList, "counts" | "areCountsCut"> | undefined;
}): VNode {
  const { filter, list } = props;
  const { status: chosen, ...rest } = filter;
  const link = (status: StatusFilter | undefined, text: string): VNode => (
    <a
      key={status ?? "all"}
      href={`/runs${writeFilter({ ...rest, ...(status !== undefined && { status }), cursors: [] })}`}
      {...(status === chosen && { "aria-current": "true" as const })}
    >
      {text}
    </a>
  );
  return (
    <fieldset class="seg status-filter" aria-label="Status">
      {link(undefined, "All")}
      {STATUS_FILTERS.map((status) => {
        const count = list === undefined ? 0 : countOf(list.counts, status);
        const text = count === 0 ? "" : ` ${countText(count, list?.areCountsCut === true)}`;
        return link(status, LABELS[status] + text);
      })}
    </fieldset>
  );
}
