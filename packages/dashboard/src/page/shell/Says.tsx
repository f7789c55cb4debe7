import type { VNode } from "preact";
import type { Saying } from "../../api/common.schema.js";
import { toneClass } from "./status-looks.js";

/** What a run says about itself, on one line: the head in the colour of the news, then the rest. */
export function Says({ says }: { readonly says: Saying }): VNode {
  const { tone, head, text, command } = says;
  const hasRest = text !== "" || command !== undefined;
  return (
    <>
      {head !== undefined && (
        <b class={toneClass(tone)}>
          {head}
          {hasRest && ":"}
        </b>
      )}
      {head !== undefined && hasRest && " "}
      {text !== "" && <span class="dim">{text}</span>}
      {text !== "" && command !== undefined && " "}
      {command !== undefined && <code class="dim">{command}</code>}
    </>
  );
}
