import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** The visible part of an element that scrolls, in px. */
export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
}

/** Until an element is measured. */
const FIRST: Viewport = { scrollTop: 0, height: 400 };

/** Follows the size of an element that scrolls; its owner notes where it is scrolled to. */
export function useViewport(
  box: RefObject<HTMLElement | null>,
  onOtherWidth: () => void = () => {},
): Signal<Viewport> {
  const view = useSignal<Viewport>(FIRST);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (width !== element.clientWidth) onOtherWidth();
      width = element.clientWidth;
      view.value = viewportOf(element);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [onOtherWidth]);
  return view;
}

/** The visible part of an element at this moment. */
export function viewportOf({ scrollTop, clientHeight: height }: HTMLElement): Viewport {
  return { scrollTop, height };
}
