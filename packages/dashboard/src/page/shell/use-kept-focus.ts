import { useLayoutEffect } from "preact/hooks";

/**
 * Keeps the focus on the screen while its element is replaced, as when what was loaded arrives.
 * `shown` changes with the element.
 */
export function useKeptFocus(shown: unknown): void {
  const hadFocus = document.activeElement?.id === "main";
  useLayoutEffect(() => {
    if (hadFocus) document.getElementById("main")?.focus({ preventScroll: true });
  }, [shown]);
}
