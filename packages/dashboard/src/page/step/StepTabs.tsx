import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { changeQuery } from "../shell/location.js";
import { TAB_NAMES, type Tab } from "./selection.js";

/** The ids of the parts that tabs and panel refer to each other by. */
export const TAB_PANEL = "step-panel";
export const tabId = (tab: Tab): string => `step-tab-${tab}`;

/** The tabs of the inspector: arrow keys move between them, and the one with the focus is shown. */
export function StepTabs(props: { readonly tabs: readonly Tab[]; readonly tab: Tab }): VNode {
  const { tabs, tab } = props;
  const list = useRef<HTMLDivElement>(null);
  const show = (next: Tab | undefined): void => {
    if (next === undefined) return;
    changeQuery({ tab: next });
    document.getElementById(tabId(next))?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const place = tabs.indexOf(tab);
    const to = {
      ArrowRight: tabs[(place + 1) % tabs.length],
      ArrowLeft: tabs[(place - 1 + tabs.length) % tabs.length],
      Home: tabs[0],
      End: tabs.at(-1),
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    show(to);
  };
  return (
    <div class="tabs" role="tablist" aria-label="Detail" ref={list} onKeyDown={onKeyDown}>
      {tabs.map((each, index) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={tabId(each)}
          aria-selected={each === tab}
          aria-controls={TAB_PANEL}
          tabIndex={each === tab ? 0 : -1}
          {...(index < 5 && { "aria-keyshortcuts": String(index + 1) })}
          onClick={() => changeQuery({ tab: each })}
        >
          {TAB_NAMES[each]}
        </button>
      ))}
    </div>
  );
}
