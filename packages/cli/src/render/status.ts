import type { Output, Style } from "../Output.js";

/**
 * The icon and colour shown beside each status word. A status is never shown by colour alone.
 */
const LOOKS: Readonly<Record<string, readonly [icon: string, style: Style]>> = {
  completed: ["✔", "green"],
  failed: ["✖", "red"],
  running: ["◐", "cyan"],
  ready: ["○", "cyan"],
  waiting: ["…", "yellow"],
  pending: ["·", "gray"],
  skipped: ["⊘", "gray"],
  cancelled: ["■", "yellow"],
  paused: ["‖", "yellow"],
  interrupted: ["■", "yellow"],
  retrying: ["↻", "yellow"],
  started: ["▸", "cyan"],
  resumed: ["▸", "cyan"],
  checkpoint: ["⚑", "blue"],
  ok: ["✔", "green"],
  warning: ["!", "yellow"],
  error: ["✖", "red"],
  damaged: ["✖", "red"],
};

/** `✔ completed`, coloured if the output shows colours, and padded to `width` cells. */
export function statusWord(out: Output, status: string, width = 0): string {
  const [icon, style] = LOOKS[status] ?? ["·", "gray"];
  return out.paint(style, `${icon} ${status}`) + " ".repeat(Math.max(0, width - status.length - 2));
}

/**
 * Like `statusWord`, but for lines meant to be grepped: it begins with the word and has no icon.
 */
export function plainStatus(out: Output, status: string, width = 0): string {
  const [, style] = LOOKS[status] ?? ["·", "gray"];
  return out.paint(style, status) + " ".repeat(Math.max(0, width - status.length));
}
