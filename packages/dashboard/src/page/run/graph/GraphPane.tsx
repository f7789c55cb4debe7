import type { VNode } from "preact";
import type { RunStore } from "../../client/RunStore.js";
import type { StepList } from "../steps/StepList.js";

/** The graph of the run. */
export function GraphPane(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly onPick: (path: string) => void;
}): VNode {
  void props;
  return <div class="graph" />;
}
