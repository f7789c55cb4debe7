import type { VNode } from "preact";
import type { RunStore } from "../client/RunStore.js";
import { liveStream } from "../client/stream.js";
import { Icon } from "../shell/Icons.jsx";
import { useKeys } from "../shell/keys.js";
import { lookAt } from "./selection.js";
import { clock as timeOf } from "./time-of-day.js";

/** Moves through the events of the run, and says who works on it. */
export function Scrubber({ store }: { readonly store: RunStore }): VNode {
  void store.version.value;
  const last = Math.max(store.live.seq, 1);
  const at = store.at.value;
  const shown = at ?? last;
  const go = (seq: number): void => lookAt(seq >= last ? undefined : Math.max(1, seq));
  useKeys(
    [
      { keys: ",", label: "Event before", run: () => go(shown - 1) },
      { keys: ".", label: "Event after", run: () => go(shown + 1) },
    ],
    "Events",
  );
  const time = timeOf(store.view.at);
  return (
    <div class="scrub" role="group" aria-label="Events">
      <button
        type="button"
        class="btn quiet icon small"
        aria-label="One event back"
        aria-keyshortcuts=","
        onClick={() => go(shown - 1)}
      >
        <Icon name="left" />
      </button>
      <input
        type="range"
        min={1}
        max={last}
        value={shown}
        aria-label="Event shown"
        aria-valuetext={
          at === undefined ? `event ${last} of ${last}, now` : `event ${at} of ${last}, ${time}`
        }
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <button
        type="button"
        class="btn quiet icon small"
        aria-label="One event on"
        aria-keyshortcuts="."
        onClick={() => go(shown + 1)}
      >
        <Icon name="right" />
      </button>
      <span class="nowrap">
        event <b>{shown}</b> of {last}
      </span>
      {at === undefined ? <LiveState store={store} /> : <BackToNow />}
      <span class="hide-mid nowrap dimmer">{ownerText(store)}</span>
    </div>
  );
}

function LiveState({ store }: { readonly store: RunStore }): VNode {
  if (store.live.hasEnded) return <span class="st idle">ended</span>;
  const { is } = liveStream.state.value;
  return is === "live" ? (
    <span class="st ok">
      <Icon name="play" />
      live
    </span>
  ) : (
    <span class="st idle">{is === "hidden" || is === "off" ? "waiting" : "not connected"}</span>
  );
}

function BackToNow(): VNode {
  return (
    <button type="button" class="btn small" onClick={() => lookAt(undefined)}>
      Back to now
    </button>
  );
}

/** Which process works on the run, or worked on it last. */
function ownerText({ row, live }: RunStore): string {
  const { owner, backend } = row.value;
  if (live.hasEnded) return "";
  if (backend !== undefined && live.status === "running") return `${backend} executes it`;
  if (owner === undefined) return live.status === "running" ? "no process works on it" : "";
  switch (owner.state) {
    case "alive":
      return `process ${owner.pid} works on it`;
    case "elsewhere":
      return `process ${owner.pid} on ${owner.host} works on it`;
    case "gone":
      return `process ${owner.pid} is gone`;
    case "expired":
      return `process ${owner.pid} on ${owner.host} does not renew its lease`;
  }
}
