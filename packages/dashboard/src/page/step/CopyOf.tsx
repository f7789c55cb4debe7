import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { copyText } from "../shell/copy-text.js";
import { Icon } from "../shell/Icons.jsx";

/** A quiet button that copies a text which is only made when it is pressed. */
export function CopyOf(props: {
  readonly text: () => string;
  /** What is copied: `Copy the path`. */
  readonly label: string;
  readonly word?: string;
}): VNode {
  const { text, label, word } = props;
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    isCopied.value = await copyText(text());
  };
  return (
    <button
      type="button"
      class={word === undefined ? "btn quiet icon small" : "btn quiet small"}
      aria-label={label}
      title={label}
      onClick={() => void copy()}
      onBlur={() => {
        isCopied.value = false;
      }}
    >
      <Icon name={isCopied.value ? "completed" : "copy"} />
      {word}
    </button>
  );
}
