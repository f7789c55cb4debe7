import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { liveStream } from "../client/stream.js";
import { announce, announced } from "./announce.js";
import { AskDialog } from "./Dialog.jsx";
import { Help, isHelpOpen } from "./Help.jsx";
import { IconSprite } from "./Icons.jsx";
import { KeyRefused } from "./KeyRefused.jsx";
import { listenForKeys, useKeys } from "./keys.js";
import { LostStrip } from "./LostStrip.jsx";
import { followLink, navigate, pathParts } from "./location.js";
import { Screen } from "./Screen.jsx";
import { SCREENS } from "./screens.js";
import { isKeyRefused, watchKey } from "./session.js";
import { TopBar } from "./TopBar.jsx";
import { applyTheme } from "./theme.js";
import { syncClock } from "./time.js";
import { showTitle } from "./title.js";

/** The page: the bar, and the screen that the address names. */
export function App(): VNode {
  useEffect(() => {
    startShell();
    return listenForKeys();
  }, []);
  useKeys(PAGE_KEYS, "Everywhere");
  useFocusOnScreen(pathParts.value.join("/"));
  const [name = "runs", ...rest] = pathParts.value;
  return (
    // biome-ignore lint/a11y: links inside handle the keyboard.
    <div onClick={followLink}>
      <IconSprite />
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar screen={name} />
      {isKeyRefused.value ? (
        <KeyRefused />
      ) : (
        <>
          <LostStrip />
          <Screen name={name} rest={rest} />
        </>
      )}
      <p class="vh" aria-live="polite">
        {announced.value}
      </p>
      <Help />
      <AskDialog />
    </div>
  );
}

function startShell(): void {
  applyTheme();
  watchKey();
  showTitle();
  liveStream.listen({
    ping: ({ now }) => syncClock(now),
    runs: ({ pulse }) => syncClock(pulse.now),
  });
  const stop = liveStream.pulse.subscribe((pulse) => {
    if (pulse === undefined) return;
    syncClock(pulse.now);
    queueMicrotask(() => stop());
  });
  let last = liveStream.state.peek().is;
  liveStream.state.subscribe(({ is }) => {
    if (is === "lost" && last === "live") announce("The connection to the server is lost.");
    if (is === "live" && last === "lost") announce("Connected again.");
    last = is;
  });
  liveStream.start();
}

const PAGE_KEYS = [
  ...SCREENS.map(({ name, label, keys }) => ({
    keys,
    label: `Go to ${label}`,
    run: (): void => navigate(`/${name}`),
  })),
  {
    keys: "?",
    label: "Keys and settings",
    run: (): void => {
      isHelpOpen.value = true;
    },
  },
];

/** Moves the focus to the screen when its path changes, as a browser does when it loads a page. */
function useFocusOnScreen(path: string): void {
  useEffect(() => {
    if (isFirst) {
      isFirst = false;
      return;
    }
    document.getElementById("main")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
}

let isFirst = true;
