import type { VNode } from "preact";
import type { RunStore } from "../client/RunStore.js";
import { Icon } from "../shell/Icons.jsx";
import { problemOf } from "../shell/load.js";
import { lookAt } from "./selection.js";
import { clock } from "./time-of-day.js";

/** Strips across the screen: an earlier event is shown, or some events could not be read. */
export function RunStrips({ store }: { readonly store: RunStore }): VNode {
  void store.version.value;
  const at = store.at.value;
  const problem = store.problem.value;
  return (
    <div class="strips">
      {at !== undefined && (
        <p class="strip wait" role="status">
          <Icon name="quota" tone="wait" />
          <span class="grow">
            <b>
              Event {at} of {store.live.seq}, {clock(store.view.at)}.
            </b>{" "}
            The run is shown as it was then.
          </span>
          <button type="button" class="btn small" onClick={() => lookAt(undefined)}>
            Back to now
          </button>
        </p>
      )}
      {problem !== undefined && (
        <p class="strip wait" role="status">
          <Icon name="damaged" tone="wait" />
          <span class="grow">
            <b>Some events could not be read.</b> {problemOf(problem).message}
          </span>
        </p>
      )}
    </div>
  );
}
