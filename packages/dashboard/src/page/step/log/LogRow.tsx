import { grouped, instant } from "@automatosx/run-view";
import type { VNode } from "preact";
import { memo } from "preact/compat";
import { parseAnsi } from "../../../ansi/parse-ansi.js";
import type { LogLine } from "../../../api/run.schema.js";
import { markFound } from "./find-marks.js";

/** A line of a log; without `line`, one that has not been read yet. */
export interface LogRowProps {
  readonly place: number;
  readonly line: LogLine | undefined;
  readonly isSelected: boolean;
  /** The text that is searched for, and whether this line is the hit to look at. */
  readonly wanted: string;
  readonly isHit: boolean;
}

const STREAM_CLASSES = { stdout: "", stderr: "err", engine: "eng" } as const;
const STREAM_WORDS = { stdout: "", stderr: " (stderr)", engine: " (engine)" } as const;

/** One row of a log. Everything that was printed becomes text nodes. */
export const LogRow = memo(function LogRow(props: LogRowProps): VNode {
  const { place, line, isSelected, wanted, isHit } = props;
  if (line === undefined)
    return (
      <li data-place={place}>
        <i>{place}</i>
        <span class="dimmer">…</span>
      </li>
    );
  const [number, at, stream, text, length] = line;
  const classes = [STREAM_CLASSES[stream], isSelected && "sel", isHit && "hit"];
  return (
    <li data-place={place} class={classes.filter(Boolean).join(" ")}>
      <i title={instant(at)}>{number}</i>
      <span>
        <Line text={text} wanted={wanted} />
        {length !== undefined && (
          <span class="rest">
            {` … ${grouped(length - text.length)} more characters, in the raw log`}
          </span>
        )}
        {stream !== "stdout" && <span class="vh">{STREAM_WORDS[stream]}</span>}
      </span>
    </li>
  );
});

function Line({ text, wanted }: { readonly text: string; readonly wanted: string }): VNode {
  return (
    <>
      {markFound(parseAnsi(text), wanted).map(({ text: part, classes, href, isFound }, index) => {
        const shown = isFound ? <mark>{part}</mark> : part;
        if (href !== undefined && !isOfThisPage(href))
          return (
            <a
              key={index}
              class={classes}
              href={href}
              title={href}
              target="_blank"
              rel="noreferrer"
            >
              {shown}
            </a>
          );
        if (classes === "" && !isFound) return part;
        return (
          <span key={index} class={classes}>
            {shown}
          </span>
        );
      })}
    </>
  );
}

// A link to the page itself could replace the key in its fragment.
function isOfThisPage(href: string): boolean {
  return new URL(href).host === location.host;
}
