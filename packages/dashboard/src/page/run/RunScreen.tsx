import type { VNode } from "preact";
import type { ScreenProps } from "../shell/screens.js";
import { RunPage } from "./RunPage.jsx";

/** The screen of the run that the path names. */
export function RunScreen({ rest: [run = ""] }: ScreenProps): VNode {
  return <RunPage run={run} />;
}
