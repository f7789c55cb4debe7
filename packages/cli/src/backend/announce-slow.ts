import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import type { RestateBackend } from "./backend-url.js";

/** How long a command waits before it says for what, in ms. */
const SILENT_MS = 5000;

/** What a call of a Restate server does, which decides what is said about it. */
export type CallKind = "read" | "command";

/** What each invocation has said. A command may read more than once. */
const said = new WeakMap<CliIo, Set<CallKind>>();

/**
 * Settles like `call`. If that takes more than 5 seconds, it says once for what the command waits,
 * and how to end it: a call of a run waits for a worker.
 */
export async function announcingSlow<T>(
  io: CliIo,
  { shown }: Pick<RestateBackend, "shown">,
  kind: CallKind,
  call: Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => announce(io, shown, kind), SILENT_MS);
  try {
    return await call;
  } finally {
    clearTimeout(timer);
  }
}

function announce(io: CliIo, shown: string, kind: CallKind): void {
  const kinds = said.get(io) ?? new Set();
  said.set(io, kinds);
  if (kinds.has(kind)) return;
  kinds.add(kind);
  const after =
    kind === "read"
      ? "Ctrl-C ends the wait"
      : "Ctrl-C ends the wait, and a worker performs later what the server already has";
  io.stderr.line(
    `Waiting for a worker of ${cleanLine(shown)}: none has answered for ${SILENT_MS / 1000} s. ` +
      `Start one (axw backend check names those that are gone); ${after}.`,
  );
}
