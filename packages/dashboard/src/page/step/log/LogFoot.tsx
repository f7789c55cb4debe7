import { grouped } from "@automatosx/run-view";
import type { VNode } from "preact";
import { Icon } from "../../shell/Icons.jsx";
import { changeQuery } from "../../shell/location.js";
import { byteText } from "../byte-text.js";
import type { ShownLog } from "./use-log.js";

/** Below a log: whether its end is followed, how long it is, and how it is shown. */
export function LogFoot(props: {
  readonly log: ShownLog;
  readonly isRunning: boolean;
  readonly isWrapped: boolean;
  readonly onRaw: () => void;
}): VNode {
  const { log, isRunning, isWrapped, onRaw } = props;
  return (
    <div class="log-foot">
      {isRunning && !log.lines.isComplete && <Following log={log} />}
      <span class="cut">{figures(log)}</span>
      <span class="grow" />
      <button
        type="button"
        class="btn quiet small"
        aria-pressed={isWrapped}
        onClick={() => changeQuery({ wrap: isWrapped ? "off" : undefined })}
      >
        Wrap
      </button>
      <button type="button" class="btn quiet small" title="Download the log" onClick={onRaw}>
        Raw
      </button>
    </div>
  );
}

function Following({ log: { isFollowing } }: { readonly log: ShownLog }): VNode {
  if (isFollowing.value)
    return (
      <>
        <span class="live-dot" aria-hidden="true" />
        following
      </>
    );
  return (
    <button
      type="button"
      class="btn small"
      onClick={() => {
        isFollowing.value = true;
      }}
    >
      <Icon name="down" />
      Follow
    </button>
  );
}

function figures({ lines, stream }: ShownLog): string {
  if (!lines.hasBegun) return "";
  const words = lines.total === 1 ? "1 line" : `${grouped(lines.total)} lines`;
  return stream === undefined ? `${words}, ${byteText(lines.bytes)}` : `${words} on stderr`;
}
