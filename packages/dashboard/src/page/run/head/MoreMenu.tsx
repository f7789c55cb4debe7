import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../../shell/announce.js";
import { Icon, type IconName } from "../../shell/Icons.jsx";

/** An item of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  /** The command that does the same, or what the item does. */
  readonly hint: string;
  /** Why it cannot be chosen; undefined if it can. */
  readonly because?: string | undefined;
  readonly isDangerous?: boolean;
  /** True if the item has a button of its own where there is room. */
  readonly isOnlyNarrow?: boolean;
  readonly onChoose: () => void;
}

/** A button that opens a menu: arrow keys move in it, Escape closes it. */
export function MoreMenu(props: {
  readonly label: string;
  readonly items: readonly MenuItem[];
}): VNode {
  const { label, items } = props;
  const isOpen = useSignal(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen.value) return;
    entriesOf(box.current)[0]?.focus();
    const close = (event: Event): void => {
      if (!(event.target instanceof Node) || box.current?.contains(event.target) !== true)
        isOpen.value = false;
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [isOpen.value]);
  const closeAndReturn = (): void => {
    isOpen.value = false;
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen.value) return;
    const entries = entriesOf(box.current);
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const to = nextEntry(event.key, at, entries.length);
    if (to !== undefined) entries[to]?.focus();
    else if (event.key === "Escape") closeAndReturn();
    else if (event.key === "Tab") isOpen.value = false;
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
  };
  const choose = (item: MenuItem): void => {
    if (item.because !== undefined) {
      announce(item.because);
      return;
    }
    closeAndReturn();
    item.onChoose();
  };
  return (
    // biome-ignore lint/a11y: the keys belong to the menu inside.
    <span class="act menu-box" ref={box} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="btn icon"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <Icon name="more" />
      </button>
      {isOpen.value && (
        <div class="menu" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.isOnlyNarrow === true ? "only-narrow" : ""}
              {...(item.because !== undefined && { "aria-disabled": true })}
              onClick={() => choose(item)}
            >
              <Icon
                name={item.icon}
                {...(item.isDangerous === true && { tone: "fail" as const })}
              />
              <span>
                <span class={item.isDangerous === true ? "fail" : ""}>{item.label}</span>
                <small class="dimmer">{item.because ?? <code>{item.hint}</code>}</small>
              </span>
            </button>
          ))}
        </div>
      )}
    </span>
  );
}

function entriesOf(box: HTMLElement | null): readonly HTMLElement[] {
  const all = box?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [];
  return [...all].filter((item) => item.offsetParent !== null);
}

function nextEntry(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
