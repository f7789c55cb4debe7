import { agoText } from "@automatosx/run-view";
import { computed, signal } from "@preact/signals";

const offsetMs = signal(0);
const tick = signal(Date.now());

/** A loss of the connection that is shorter than this is not shown, in ms. */
export const QUIET_LOSS_MS = 3000;

/** How often relative times are renewed, in ms. */
const TICK_MS = 1000;

if (typeof document !== "undefined")
  setInterval(() => {
    if (document.visibilityState === "visible") tick.value = Date.now();
  }, TICK_MS);

/** Sets the server's clock: it measures every "ago", so a wrong clock here does not matter. */
export function syncClock(now: number): void {
  const local = Date.now();
  offsetMs.value = now - local;
  tick.value = local;
}

/** The server's clock, in ms since the epoch; it changes each second while the page is visible. */
export const clock = computed(() => tick.value + offsetMs.value);

/** The server's clock at this moment, in ms since the epoch. */
export function serverNow(): number {
  return Date.now() + offsetMs.peek();
}

/** `14:09`, in the local time zone. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** `28 Nov`; with the year if it is another one than that of `now`. */
export function dayShort(at: number, now: number): string {
  return dayWords(at, now, "short");
}

/** `29 November`; with the year if it is another one than that of `now`. */
export function dayLong(at: number, now: number): string {
  return dayWords(at, now, "long");
}

/** A time of more than a day says which day. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** `12s ago`, `2h10m ago`, `28 Nov`. */
export function when(at: number, now: number): string {
  return now - at < DAY_MS ? agoText(now, at) : dayShort(at, now);
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

function dayWords(at: number, now: number, month: "short" | "long"): string {
  const date = new Date(at);
  const name = MONTHS[date.getMonth()] ?? "";
  const year = date.getFullYear() === new Date(now).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${month === "long" ? name : name.slice(0, 3)}${year}`;
}

/** The first instant of the local day of an instant. */
export function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
