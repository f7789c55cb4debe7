import { effect, signal } from "@preact/signals";
import { key } from "../client/key.js";
import { liveStream } from "../client/stream.js";

/** Whether the server has refused the key of this page: it was started again since. */
export const isKeyRefused = signal(false);

/**
 * Watches for a new key: the stream notices when the old one is refused, and the address that
 * `axw serve` prints brings the new one, in this tab or another.
 */
export function watchKey(): void {
  effect(() => {
    if (liveStream.state.value.is === "refused") isKeyRefused.value = true;
  });
  addEventListener("hashchange", () => {
    if (location.hash.startsWith("#key=")) {
      key();
      location.reload();
    }
  });
  addEventListener("storage", ({ key: name }) => {
    if (name === "axw-key" && isKeyRefused.peek()) location.reload();
  });
}
