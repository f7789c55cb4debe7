import type { VNode } from "preact";

/** A sentence in which the parts between backquotes are code. */
export function Prose({ text }: { readonly text: string }): VNode {
  // An odd backquote is a backquote.
  const parts = text.split(/`([^`]+)`/);
  return (
    <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
  );
}
