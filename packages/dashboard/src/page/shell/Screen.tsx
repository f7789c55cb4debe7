import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Boundary } from "./Boundary.jsx";
import { loadedScreen, loadScreen, screenFor } from "./screens.js";
import { useTitle } from "./title.js";
import { useKeptFocus } from "./use-kept-focus.js";

/** The screen that the address names. Its code is loaded first if it was never shown. */
export function Screen(props: { readonly name: string; readonly rest: readonly string[] }): VNode {
  const { name, rest } = props;
  const screen = screenFor(name, rest);
  const failure = useSignal<unknown>(undefined);
  const arrived = useSignal(0);
  const isMissing = screen !== undefined && loadedScreen(screen) === undefined;
  useEffect(() => {
    if (screen === undefined || !isMissing) return;
    let isWanted = true;
    failure.value = undefined;
    const load = async (): Promise<void> => {
      try {
        await loadScreen(screen);
        if (isWanted) arrived.value += 1;
      } catch (error) {
        if (isWanted) failure.value = error;
      }
    };
    void load();
    return () => {
      isWanted = false;
    };
  }, [screen]);
  useKeptFocus(arrived.value);
  if (screen === undefined) return <PageNotFound />;
  if (failure.value !== undefined) return <NotLoaded />;
  const Loaded = arrived.value >= 0 ? loadedScreen(screen) : undefined;
  if (Loaded === undefined) return <main id="main" tabIndex={-1} />;
  const id = rest.join("/");
  return (
    <Boundary
      key={`${screen}/${id}`}
      around={(report) => (
        <main class="page" id="main" tabIndex={-1}>
          {report}
        </main>
      )}
    >
      <Loaded rest={rest} />
    </Boundary>
  );
}

function PageNotFound(): VNode {
  useTitle("Not found");
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="blank">
        <h1>Page not found</h1>
        <p class="dim">
          No screen has the address <code>{location.pathname}</code>.
        </p>
        <a class="btn" href="/runs">
          All runs
        </a>
      </div>
    </main>
  );
}

function NotLoaded(): VNode {
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="blank" role="alert">
        <h1>This screen cannot be loaded</h1>
        <p class="dim">The server has stopped, or it is of another version than this page.</p>
        <button type="button" class="btn" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    </main>
  );
}
