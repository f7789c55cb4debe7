import { describeCause, isOwned } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunStore } from "../client/RunStore.js";
import { changeQuery } from "../shell/location.js";

/** How many causes the head of the inspector shows; its tab shows all. */
const HEAD_CAUSES = 3;

/** Why a step is where it is: each sentence explains the one before. */
export function WhyList(props: {
  readonly store: RunStore;
  readonly step: string;
  readonly isShort?: boolean;
}): VNode | null {
  const { store, step, isShort = false } = props;
  const causes = store.view.why(step);
  if (causes.length === 0) return null;
  const situation = { now: store.now.value, isActive: isOwned(store.facts) };
  const shown = isShort ? causes.slice(0, HEAD_CAUSES) : causes;
  return (
    <ol class="why" aria-label="Why">
      {shown.map((cause, index) => (
        <li key={index}>
          {describeCause(cause, situation)}
          {cause.stepId !== step && (
            <button
              type="button"
              class="btn quiet small"
              onClick={() =>
                changeQuery(
                  { step: cause.stepId, attempt: undefined, line: undefined },
                  { replace: false },
                )
              }
            >
              Show
            </button>
          )}
        </li>
      ))}
      {shown.length < causes.length && (
        <li>
          <button
            type="button"
            class="btn quiet small"
            onClick={() => changeQuery({ tab: "why" })}
          >{`${causes.length - shown.length} more`}</button>
        </li>
      )}
    </ol>
  );
}
