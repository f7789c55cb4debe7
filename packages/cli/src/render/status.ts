import type { Output, Style } from "../Output.js";

/**
 * Each status as an icon and a colour, beside its word: a status is never shown by colour alone.
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
  checkpoint: ["⚑", "blue"],
  ok: ["✔", "green"],
  warning: ["!", "yellow"],
  error: ["✖", "red"],
};

/** `✔ completed`, coloured where the output shows colours, padded to `width` cells. */
export function statusWord(out: Output, status: string, width = 0): string {
  const [icon, style] = LOOKS[status] ?? ["·", "gray"];
  return out.paint(style, `${icon} ${status}`) + " ".repeat(Math.max(0, width - status.length - 2));
}

/** As `statusWord`, for lines that are grepped: the word first, without an icon. */
export function plainStatus(out: Output, status: string, width = 0): string {
  const [, style] = LOOKS[status] ?? ["·", "gray"];
  return out.paint(style, status) + " ".repeat(Math.max(0, width - status.length));
}
