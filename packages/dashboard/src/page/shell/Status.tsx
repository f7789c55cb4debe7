import type { VNode } from "preact";
import { Icon } from "./Icons.jsx";
import { lookOf } from "./status-looks.js";

/**
 * The status of a run, a step or a problem: a word with its shape and its colour. `word` is shown
 * in place of the status itself: `2 errors`.
 */
export function Status(props: {
  readonly status: string;
  readonly word?: string;
  readonly isPill?: boolean;
}): VNode {
  const { status, word = status, isPill = false } = props;
  const { icon, tone } = lookOf(status);
  return (
    <span class={`st ${isPill ? "pill " : ""}${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}
