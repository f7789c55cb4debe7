/** `850ms`, `12.3s`, `3m12s`, `2h05m`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${pad(Math.floor(seconds / 60) % 60)}m`;
}

/** Like `duration`, in whole seconds: for a time that is counted up or down on the screen. */
export function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)}s` : duration(ms);
}

/** `2026-03-01 14:05:09`, in the local time zone. */
export function instant(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** When something happens: `now`, or `in 3m12s`. */
export function untilText(now: number, at: number): string {
  return at <= now ? "now" : `in ${duration(at - now)}`;
}

/** How long ago something happened, in whole seconds: `12s ago`. */
export function agoText(now: number, at: number): string {
  return `${wholeSeconds(Math.max(0, now - at))} ago`;
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
