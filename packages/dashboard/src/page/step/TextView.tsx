import { grouped } from "@automatosx/run-view";
import type { VNode } from "preact";
import { parseAnsi } from "../../ansi/parse-ansi.js";

/** The most characters that are shown; the whole text can be copied and downloaded. */
const SHOWN = 100_000;

/** A text that an agent was given or gave, as text nodes. */
export function TextView(props: {
  readonly text: string;
  readonly label: string;
  readonly note?: string;
}): VNode {
  const { text, label, note } = props;
  const isCut = text.length > SHOWN;
  return (
    // biome-ignore lint/a11y: a text that scrolls is reached by the keyboard.
    <section class="text-view" aria-label={label} tabIndex={0}>
      {(note !== undefined || isCut) && (
        <p class="dim">
          {note} {isCut && `The first ${grouped(SHOWN)} characters:`}
        </p>
      )}
      <pre>
        {(isCut ? text.slice(0, SHOWN) : text).split("\n").map((line, index) => (
          <span key={index}>
            {parseAnsi(line).map((segment, at) =>
              segment.classes === "" ? (
                segment.text
              ) : (
                <span key={at} class={segment.classes}>
                  {segment.text}
                </span>
              ),
            )}
            {"\n"}
          </span>
        ))}
      </pre>
    </section>
  );
}
