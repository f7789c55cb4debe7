import type { Output, Style } from "../Output.js";
import { displayWidth } from "./display-width.js";

/**
 * The icon and colour shown beside each status word. A status is never shown by colour alone.
 */
const LOOKS: Readonly<Record<string, readonly [icon: string, style: Style]>> = {
  completed: ["✔", "green"],
  failed: ["✖", "red"],
  running: ["◐", "cyan"],
  ready: ["○", "cyan"],
  waiting: ["…", "yellow"],
  open: ["●", "cyan"],
  opened: ["●", "cyan"],
  unknown: ["?", "yellow"],
  approved: ["✔", "green"],
  rejected: ["✖", "red"],
  stopped: ["■", "yellow"],
  signal: ["▸", "cyan"],
  parked: ["…", "yellow"],
  budget: ["$", "yellow"],
  pending: ["·", "gray"],
  skipped: ["⊘", "gray"],
  cancelled: ["■", "yellow"],
  orphaned: ["!", "yellow"],
  queued: ["○", "cyan"],
  paused: ["‖", "yellow"],
  interrupted: ["■", "yellow"],
  retrying: ["↻", "yellow"],
  started: ["▸", "cyan"],
  resumed: ["▸", "cyan"],
  checkpoint: ["⚑", "blue"],
  kept: ["✔", "green"],
  stale: ["↻", "yellow"],
  new: ["+", "cyan"],
  again: ["○", "cyan"],
  dropped: ["−", "gray"],
  edited: ["✎", "blue"],
  reopened: ["↻", "yellow"],
  amended: ["±", "blue"],
  reused: ["✔", "green"],
  ok: ["✔", "green"],
  warning: ["!", "yellow"],
  error: ["✖", "red"],
  damaged: ["✖", "red"],
};

/**
 * `✔ completed`, coloured if the output shows colours, and padded to `width` cells. `look` is the
 * status whose icon and colour are used.
 */
export function statusWord(out: Output, status: string, width = 0, look = status): string {
  const [icon, style] = LOOKS[look] ?? ["·", "gray"];
  return out.paint(style, `${icon} ${status}`) + " ".repeat(Math.max(0, width - status.length - 2));
}

/**
 * Like `statusWord`, but for lines meant to be grepped: it begins with the word and has no icon.
 */
export function plainStatus(out: Output, status: string, width = 0): string {
  const [, style] = LOOKS[status] ?? ["·", "gray"];
  return out.paint(style, status) + " ".repeat(Math.max(0, width - status.length));
}

/** The frames of the turning mark of a running step. */
const TURNING = ["◐", "◓", "◑", "◒"];
const FRAME_MS = 200;

/**
 * Like `statusWord`, for a row that is redrawn: the icon of a running step turns. Without room for
 * the words, only the icon is shown.
 */
export function liveStatus(out: Output, status: string, width: number, now: number): string {
  const [still, style] = LOOKS[status] ?? ["·", "gray"];
  const frame = TURNING[Math.floor(now / FRAME_MS) % TURNING.length] ?? still;
  const icon = status === "running" ? frame : still;
  const text = width > ICON_WIDTH ? `${icon} ${status}` : icon;
  return out.paint(style, text) + " ".repeat(Math.max(1, width - displayWidth(text)));
}

/** An icon and a space. */
export const ICON_WIDTH = 2;
