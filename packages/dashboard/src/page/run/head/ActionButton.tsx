import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { announce } from "../../shell/announce.js";
import { Icon } from "../../shell/Icons.jsx";
import type { VerbButton } from "./run-verbs.js";

/**
 * A button that changes the run. One that cannot be pressed keeps its place in the order of focus,
 * and says why; each says which command does the same.
 */
export function ActionButton(props: {
  readonly button: VerbButton;
  readonly class?: string;
  readonly isBusy: boolean;
  readonly onPress: () => void;
}): VNode {
  const { button, class: more = "", isBusy, onPress } = props;
  const { label, icon, keys, isDangerous = false, about, action } = button;
  const tip = useId();
  const { can, because, command } = action;
  const press = (): void => {
    if (isBusy) return;
    if (can) onPress();
    else announce(because ?? "This cannot be done now.");
  };
  return (
    <span class={`act ${more}`}>
      <button
        type="button"
        class={`btn${isDangerous ? " danger" : ""}`}
        aria-describedby={tip}
        {...(!can && { "aria-disabled": true })}
        {...(isBusy && { "aria-busy": true })}
        {...(keys !== undefined && { "aria-keyshortcuts": keys })}
        onClick={press}
      >
        <Icon name={icon} />
        {label}
      </button>
      <span class="hint-box" id={tip} role="tooltip">
        {because !== undefined && <span>{because} </span>}
        {about !== undefined && <span>{about} </span>}
        <code>{command}</code>
      </span>
    </span>
  );
}
