import { signal } from "@preact/signals";

/** A screen reader is given at most one message in this time. */
export const MESSAGE_GAP_MS = 5000;

/** What the page's one polite live region says. */
export const announced = signal("");

let readyAt = 0;
let waiting: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Says something to a screen reader when it is idle. Of the messages that come within one gap, the
 * last one is said.
 */
export function announce(text: string): void {
  const now = performance.now();
  waiting = text;
  if (timer !== undefined) return;
  if (now >= readyAt) say();
  else timer = setTimeout(say, readyAt - now);
}

function say(): void {
  timer = undefined;
  if (waiting === undefined) return;
  announced.value = waiting;
  waiting = undefined;
  readyAt = performance.now() + MESSAGE_GAP_MS;
}
