import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { copyText } from "./copy-text.js";
import { Icon } from "./Icons.jsx";

/** For how long a copied command says so, in ms. */
const COPIED_MS = 2000;

/** A command of the command line; a click copies it. `plain` is for a line of text or a footer. */
export function Command(props: {
  readonly text: string;
  readonly isPlain?: boolean;
  readonly class?: string;
}): VNode {
  const { text, isPlain = false, class: more = "" } = props;
  return (
    <CopyButton
      text={text}
      label={`Copy the command ${text}`}
      class={`${isPlain ? "command" : "btn"} ${more}`}
    >
      <code class="cut">{text}</code>
    </CopyButton>
  );
}

/** A button that copies a text. While it says that it did, it keeps its width. */
export function CopyButton(props: {
  readonly text: string;
  /** What a screen reader says in place of the content. */
  readonly label?: string;
  readonly class?: string;
  readonly children?: ComponentChildren;
}): VNode {
  const { text, label, class: classes = "btn", children } = props;
  const outcome = useSignal<"copied" | "refused" | undefined>(undefined);
  useEffect(() => {
    if (outcome.value === undefined) return;
    const timer = setTimeout(() => {
      outcome.value = undefined;
    }, COPIED_MS);
    return () => clearTimeout(timer);
  }, [outcome.value]);
  const copy = async (): Promise<void> => {
    outcome.value = (await copyText(text)) ? "copied" : "refused";
  };
  return (
    <button
      type="button"
      class={classes}
      onClick={() => void copy()}
      {...(label !== undefined && { "aria-label": label })}
      title={outcome.value === "refused" ? "The browser refused to copy." : "Copy"}
    >
      <Icon name={ICONS[outcome.value ?? "idle"]} />
      {children}
    </button>
  );
}

const ICONS = { idle: "copy", copied: "completed", refused: "failed" } as const;
