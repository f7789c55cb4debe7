import { signal } from "@preact/signals";
import { liveStream } from "./stream.js";

/** Changes at most once in this time, in ms: a busy run sends several messages a second. */
const LEAST_GAP_MS = 3000;

const changes = signal(0);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Changes when runs have begun or changed, for screens that count them. */
export const runsChanged = changes;

function changeSoon(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    changes.value += 1;
  }, LEAST_GAP_MS);
}

liveStream.listen({ runs: changeSoon, gates: changeSoon });

let wasLive = false;
liveStream.state.subscribe(({ is }) => {
  if (is === "live" && !wasLive) changeSoon();
  wasLive = is === "live";
});
