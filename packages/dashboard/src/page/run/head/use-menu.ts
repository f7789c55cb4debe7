import { type Signal, useSignal } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The behaviour of a button with a menu. */
export interface Menu {
  readonly isOpen: Signal<boolean>;
  readonly box: RefObject<HTMLSpanElement | null>;
  readonly button: RefObject<HTMLButtonElement | null>;
  /** Closes the menu and gives the focus to the button. */
  close(): void;
  onKeyDown(event: KeyboardEvent): void;
}

/** Opens and closes a menu: arrow keys move in it, Escape and a click beside it close it. */
export function useMenu(): Menu {
  const isOpen = useSignal(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen.value) return;
    entriesOf(box.current)[0]?.focus();
    const leave = (event: Event): void => {
      if (!(event.target instanceof Node) || box.current?.contains(event.target) !== true)
        isOpen.value = false;
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [isOpen.value]);
  const close = (): void => {
    isOpen.value = false;
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen.value) return;
    const entries = entriesOf(box.current);
    const at = entries.findIndex((entry) => entry === document.activeElement);
    const to = nextEntry(event.key, at, entries.length);
    if (to !== undefined) entries[to]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") isOpen.value = false;
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { isOpen, box, button, close, onKeyDown };
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
