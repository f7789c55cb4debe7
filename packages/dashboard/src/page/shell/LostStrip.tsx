import { agoText } from "@automatosx/run-view";
import type { VNode } from "preact";
import { liveStream } from "../client/stream.js";
import { Icon } from "./Icons.jsx";
import { clock, QUIET_LOSS_MS, serverNow } from "./time.js";

/**
 * The strip that says that the page no longer hears from the server. What is shown stays; the
 * actions of a run are off. A connection that comes back at once is not worth a strip.
 */
export function LostStrip(): VNode | null {
  const { is, tries, lastAt } = liveStream.state.value;
  if (is !== "lost") return null;
  const now = clock.value;
  const offset = serverNow() - Date.now();
  const silence = lastAt === undefined ? Number.POSITIVE_INFINITY : now - (lastAt + offset);
  if (tries <= 1 && silence < QUIET_LOSS_MS) return null;
  return (
    <div class="strip wait">
      <Icon name="damaged" tone="wait" />
      <span class="grow">
        <b>The server does not answer.</b>{" "}
        {lastAt === undefined
          ? "Trying again."
          : `The last message came ${agoText(now, lastAt + offset)}; trying again.`}
      </span>
      <button type="button" class="btn small" onClick={() => liveStream.retry()}>
        Try now
      </button>
    </div>
  );
}
