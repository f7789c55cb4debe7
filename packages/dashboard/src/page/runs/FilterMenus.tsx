import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../client/call.js";
import { Icon } from "../shell/Icons.jsx";
import { DAY_FILTERS, type RunFilter } from "./run-filter.js";
import { showRuns } from "./show-runs.js";

/** A native select that looks like a button. */
function Menu(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onOpen?: () => void;
  readonly children: ComponentChildren;
}): VNode {
  const { label, value, onChange, onOpen, children } = props;
  return (
    <span class="pick hide-narrow">
      <select
        class="btn small"
        aria-label={label}
        value={value}
        onFocus={() => onOpen?.()}
        onPointerDown={() => onOpen?.()}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {children}
      </select>
      <Icon name="down" isSmall />
    </span>
  );
}

/** Lists the runs of one workflow. Its options are read when the menu is first used. */
export function WorkflowFilter({ filter }: { readonly filter: RunFilter }): VNode {
  const { workflow = "", ...rest } = filter;
  const known = useSignal<readonly string[] | undefined>(undefined);
  const read = async (): Promise<void> => {
    if (known.value !== undefined) return;
    known.value = [];
    try {
      const { workflows } = await call("workflows", {});
      known.value = workflows.map(({ workflowId }) => workflowId);
    } catch {
      // The next use of the menu tries again.
      known.value = undefined;
    }
  };
  const options = new Set([...(workflow === "" ? [] : [workflow]), ...(known.value ?? [])]);
  return (
    <Menu
      label="Workflow"
      value={workflow}
      onOpen={() => void read()}
      onChange={(value) => showRuns(value === "" ? rest : { ...rest, workflow: value })}
    >
      <option value="">{workflow === "" ? "Workflow" : "Every workflow"}</option>
      {[...options].map((id) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </Menu>
  );
}

const SPANS: Readonly<Record<(typeof DAY_FILTERS)[number], string>> = {
  "1": "Today",
  "7": "Last 7 days",
  "30": "Last 30 days",
};

/** Lists the runs that were started within a span of days. */
export function DaysFilter({ filter }: { readonly filter: RunFilter }): VNode {
  const { days, from, to, ...rest } = filter;
  const isBetween = useSignal(from !== undefined || to !== undefined);
  useEffect(() => {
    if (from !== undefined || to !== undefined) isBetween.value = true;
  }, [from, to]);
  const value = days?.toString() ?? (isBetween.value ? "between" : "");
  const choose = (chosen: string): void => {
    isBetween.value = chosen === "between";
    if (chosen !== "between") showRuns(chosen === "" ? rest : { ...rest, days: Number(chosen) });
    else if (days !== undefined) showRuns(rest);
  };
  return (
    <>
      <Menu label="Started" value={value} onChange={choose}>
        <option value="">Any time</option>
        {DAY_FILTERS.map((each) => (
          <option key={each} value={each}>
            {SPANS[each]}
          </option>
        ))}
        <option value="between">Between…</option>
      </Menu>
      {isBetween.value && (
        <>
          <Day label="From" value={from} onChange={(day) => showRuns(withDays(rest, day, to))} />
          <Day label="To" value={to} onChange={(day) => showRuns(withDays(rest, from, day))} />
        </>
      )}
    </>
  );
}

function withDays(filter: RunFilter, from: string | undefined, to: string | undefined): RunFilter {
  return {
    ...filter,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function Day(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
}): VNode {
  const { label, value = "", onChange } = props;
  return (
    <input
      class="btn small hide-narrow"
      type="date"
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    />
  );
}
