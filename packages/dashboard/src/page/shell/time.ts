import { computed, signal } from "@preact/signals";

const offsetMs = signal(0);
const tick = signal(Date.now());

/** How often relative times are renewed, in ms. */
const TICK_MS = 1000;

if (typeof document !== "undefined")
  setInterval(() => {
    if (document.visibilityState === "visible") tick.value = Date.now();
  }, TICK_MS);

/** Notes the server's clock: it measures every "ago", so a wrong clock here does not matter. */
export function noteServerTime(now: number): void {
  const local = Date.now();
  offsetMs.value = now - local;
  tick.value = local;
}

/** The server's clock, in ms since the epoch; it changes each second while the page is visible. */
export const serverNow = computed(() => tick.value + offsetMs.value);

/** `12s ago`, `5m ago`, `3h ago`, `2d ago`; `now` within a second. */
export function ago(at: number, now: number): string {
  const ms = now - at;
  return ms < 1000 ? "now" : `${span(ms)} ago`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time without fractions, in its largest unit, or two of them: `12s`, `5m`, `2h10m`, `3d`. */
export function span(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d`;
  const minutes = Math.floor(ms / MINUTE) % 60;
  return `${Math.floor(ms / HOUR)}h${minutes === 0 ? "" : `${String(minutes).padStart(2, "0")}m`}`;
}

/** `14:09`, in the local time zone. */
export function clock(at: number): string {
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

function dayWords(at: number, now: number, month: "short" | "long"): string {
  const date = new Date(at);
  const name = new Intl.DateTimeFormat("en-GB", { month }).format(date);
  const year = date.getFullYear() === new Date(now).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${name}${year}`;
}

/** The first instant of the local day of an instant. */
export function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
