import type { VNode } from "preact";
import { RunPage } from "../run/RunPage.jsx";
import { followLink, pathParts } from "./location.js";

/** The page: the screen that the address names. */
export function App(): VNode {
  const [screen = "runs", id] = pathParts.value;
  return (
    // biome-ignore lint/a11y: links inside handle the keyboard.
    <div onClick={followLink}>
      {screen === "runs" && id !== undefined ? <RunPage run={id} key={id} /> : <p>axw</p>}
    </div>
  );
}
