import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { fitted, moved, type Size, type Transform, zoomed } from "./viewport.js";

/** How the drawing is shown, and how a person changes that. */
export interface PanZoom {
  readonly transform: Signal<Transform>;
  readonly size: Signal<Size>;
  zoom(factor: number): void;
  fit(): void;
}

/** A shorter way of the pointer is a click. */
const LEAST_DRAG = 4;
const WHEEL_STEP = 0.0015;

/**
 * Moves a drawing by dragging and scrolling, magnifies it by a pinch or Ctrl with the wheel, and
 * reports clicks. Until a person has moved it, `open` says how it is shown.
 */
export function usePanZoom(
  view: RefObject<HTMLDivElement | null>,
  drawing: Size,
  open: (view: Size) => Transform,
  onClick: (at: readonly [number, number], transform: Transform) => void,
): PanZoom {
  const size = useSignal<Size>({ width: 0, height: 0 });
  const transform = useSignal<Transform>({ x: 0, y: 0, scale: 1 });
  const isMoved = useSignal(false);
  const fit = (): void => {
    isMoved.value = true;
    transform.value = fitted(drawing, size.peek());
  };
  const change = (next: Transform): void => {
    isMoved.value = true;
    transform.value = next;
  };
  useEffect(() => {
    const element = view.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
      if (!isMoved.peek()) transform.value = open(size.peek());
    });
    sizes.observe(element);
    const stop = listen(element, {
      pan: (x, y) => change(moved(transform.peek(), x, y, drawing, size.peek())),
      zoom: (factor, at) => change(zoomed(transform.peek(), factor, at)),
      click: (at) => onClick(at, transform.peek()),
      canPan: () => isLarger(drawing, size.peek(), transform.peek()),
    });
    return () => {
      sizes.disconnect();
      stop();
    };
  }, [drawing.width, drawing.height]);
  const zoom = (factor: number): void => {
    const { width, height } = size.peek();
    change(zoomed(transform.peek(), factor, [width / 2, height / 2]));
  };
  return { transform, size, zoom, fit };
}

function isLarger(drawing: Size, view: Size, { scale }: Transform): boolean {
  return drawing.width * scale > view.width + 1 || drawing.height * scale > view.height + 1;
}

interface Gestures {
  pan(x: number, y: number): void;
  zoom(factor: number, at: readonly [number, number]): void;
  click(at: readonly [number, number]): void;
  /** Whether a part of the drawing is out of view: else the wheel scrolls the page. */
  canPan(): boolean;
}

function listen(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, readonly [number, number]>();
  let way = 0;
  const placeOf = ({ clientX, clientY }: MouseEvent): readonly [number, number] => {
    const { left, top } = element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 1) way = 0;
    element.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = placeOf(event);
    const [x, y] = [now[0] - before[0], now[1] - before[1]];
    way += Math.hypot(x, y);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other !== undefined) {
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      gestures.zoom(factor, [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
    } else if (way >= LEAST_DRAG) gestures.pan(x, y);
  };
  const up = (event: PointerEvent): void => {
    const at = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (at !== undefined && way < LEAST_DRAG && event.type === "pointerup") gestures.click(at);
  };
  const wheel = (event: WheelEvent): void => {
    if (event.ctrlKey || event.metaKey)
      gestures.zoom(Math.exp(-event.deltaY * WHEEL_STEP * 2), placeOf(event));
    else if (gestures.canPan()) gestures.pan(-event.deltaX, -event.deltaY);
    else return;
    event.preventDefault();
  };
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("wheel", wheel);
  };
}

function distance(
  [x, y]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): number {
  return Math.hypot(toX - x, toY - y);
}
