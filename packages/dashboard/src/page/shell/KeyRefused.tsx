import type { VNode } from "preact";
import { Command } from "./Command.jsx";
import { useTitle } from "./title.js";
import { typedAxw } from "./typed-axw.js";

/** What stands in for every screen when the server does not accept the key of this page. */
export function KeyRefused(): VNode {
  useTitle("Key refused");
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="blank" role="alert">
        <h1>This page’s key is old</h1>
        <p class="dim">
          Each start of the server makes a new key. Open the address that it printed, or start it
          again:
        </p>
        <Command text={typedAxw("serve", "--open")} />
        <p class="dimmer">The runs are not affected.</p>
      </div>
    </main>
  );
}
