import { type StepInfo, shortId } from "@automatosx/run-view";
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { RunStore } from "../client/RunStore.js";
import { liveStream } from "../client/stream.js";
import { announce } from "../shell/announce.js";
import { ask } from "../shell/ask.js";
import { Icon } from "../shell/Icons.jsx";
import { usd } from "../shell/money.js";
import { typedAxw } from "../shell/typed-axw.js";
import { hasLog } from "./selection.js";

/** Performs a step again, after a question that says what that causes and what it has cost. */
export function StepRetry(props: {
  readonly store: RunStore;
  readonly step: StepInfo;
}): VNode | null {
  const { store, step } = props;
  const tip = useId();
  const isSettled = step.status === "completed" || step.status === "failed";
  if (!hasLog(step) || !isSettled || store.at.value !== undefined) return null;
  const command = typedAxw("retry", shortId(store.runId), "--step", step.id);
  const because = whyNot(store);
  const press = async (): Promise<void> => {
    if (because !== undefined) {
      announce(because);
      return;
    }
    const question = { title: `Retry ${step.id}?`, text: causes(store, step), verb: "Retry" };
    if (await ask({ ...question, command })) await store.asked.ask("retry", { steps: [step.id] });
  };
  return (
    <span class="act">
      <button
        type="button"
        class="btn small"
        aria-describedby={tip}
        {...(because !== undefined && { "aria-disabled": true })}
        onClick={() => void press()}
      >
        <Icon name="retry" />
        Retry…
      </button>
      <span class="hint-box" id={tip} role="tooltip">
        {because !== undefined && <span>{because} </span>}
        <code>{command}</code>
      </span>
    </span>
  );
}

function whyNot(store: RunStore): string | undefined {
  if (liveStream.state.value.is === "lost") return "The server cannot be reached at present.";
  const { retry } = store.actions.value;
  return retry.can ? undefined : (retry.because ?? "The run cannot go back now.");
}

function causes(store: RunStore, step: StepInfo): string {
  const used = store.usedBy(step.id)?.usd;
  const cost = used === undefined ? "" : ` Its attempts have cost ${usd(used)} so far.`;
  return (
    `${step.id} is performed again. Steps behind it are performed again if what they were given ` +
    `changes.${cost}`
  );
}
