import type { VNode } from "preact";
import { liveStream } from "../client/stream.js";
import { isHelpOpen } from "./Help.jsx";
import { Icon } from "./Icons.jsx";
import { SCREENS } from "./screens.js";

/** The bar at the top: where one is, where one can go, and whether the page is up to date. */
export function TopBar({ screen }: { readonly screen: string }): VNode {
  const pulse = liveStream.pulse.value;
  const gates = pulse?.gates ?? 0;
  return (
    <header class="top">
      <a class="brand" href="/runs" aria-label="axw, all runs">
        <Icon name="workflow" />
        axw
      </a>
      <nav class="nav" aria-label="Main">
        {SCREENS.map(({ name, label }) => (
          <a
            key={name}
            href={`/${name}`}
            {...(name === screen && { "aria-current": "page" as const })}
          >
            <Icon name={name === "workflows" ? "workflow" : name} class="only-narrow" />
            {label}
            {name === "gates" && gates > 0 && (
              <span class="badge" aria-label={`${gates} open`}>
                {gates}
              </span>
            )}
          </a>
        ))}
      </nav>
      <span class="grow" />
      {pulse !== undefined && (
        <span class="link hide-narrow" title={pulse.database}>
          <code class="cut db">{pulse.database}</code>
        </span>
      )}
      {pulse?.isReadOnly === true && <span class="chip">read only</span>}
      <Connection />
      <button
        type="button"
        class="btn quiet icon"
        aria-label="Keys and settings"
        onClick={() => {
          isHelpOpen.value = true;
        }}
      >
        <kbd>?</kbd>
      </button>
    </header>
  );
}

const WORDS = {
  off: ["connecting", "idle"],
  connecting: ["connecting", "idle"],
  live: ["live", "ok"],
  hidden: ["paused", "idle"],
  lost: ["offline", "fail"],
  refused: ["key refused", "fail"],
} as const;

function Connection(): VNode {
  const [word, tone] = WORDS[liveStream.state.value.is];
  return (
    <span class="link" role="status">
      <span class={`live-dot ${tone}`} aria-hidden="true" />
      {word}
    </span>
  );
}
