import { grouped } from "@automatosx/run-view";
import type { VNode } from "preact";
import { Icon } from "../../shell/Icons.jsx";
import { changeQuery } from "../../shell/location.js";
import type { LogFinder } from "./LogFinder.js";
import type { LogLines } from "./LogLines.js";
import type { LineRange } from "./line-range.js";

/** Above a log: the search, the choice of the stream, and the copy of the selected lines. */
export function LogBar(props: {
  readonly lines: LogLines;
  readonly find: LogFinder;
  readonly stream: "stderr" | undefined;
  readonly selected: LineRange | undefined;
  readonly onCopy: () => void;
}): VNode {
  const { lines, find, stream, selected, onCopy } = props;
  return (
    <div class="log-bar">
      <label class="field">
        <Icon name="find" />
        <input
          type="search"
          placeholder={`Find in all ${grouped(lines.total)} lines`}
          aria-label="Find in log"
          value={find.wanted.value}
          onInput={(event) => find.search(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            find.go(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      {find.wanted.value !== "" && <Hits find={find} />}
      <fieldset class="seg" aria-label="Streams">
        <button
          type="button"
          aria-pressed={stream === undefined}
          onClick={() => changeQuery({ stream: undefined, line: undefined })}
        >
          All
        </button>
        <button
          type="button"
          aria-pressed={stream === "stderr"}
          onClick={() => changeQuery({ stream: "stderr", line: undefined })}
        >
          {`stderr ${grouped(lines.stderr)}`}
        </button>
      </fieldset>
      <button
        type="button"
        class="btn quiet icon small"
        aria-label={selected === undefined ? "Copy log" : copyLabel(selected)}
        title={selected === undefined ? "Copy log" : copyLabel(selected)}
        onClick={onCopy}
      >
        <Icon name="copy" />
      </button>
    </div>
  );
}

/** How many hits there are, and the way to the others. */
function Hits({ find }: { readonly find: LogFinder }): VNode {
  const { hits, total, hit } = find;
  const button = (towards: 1 | -1, label: string): VNode => (
    <button
      type="button"
      class="btn quiet icon small"
      aria-label={label}
      aria-keyshortcuts={towards === 1 ? "n" : "p"}
      aria-disabled={total.value === 0}
      onClick={() => find.go(towards)}
    >
      <Icon name={towards === 1 ? "down" : "up"} />
    </button>
  );
  return (
    <span class="found" role="status">
      {foundText(hits.value, total.value, hit.value)}
      {button(-1, "Previous hit")}
      {button(1, "Next hit")}
    </span>
  );
}

function copyLabel({ first, last }: LineRange): string {
  return first === last ? `Copy line ${first}` : `Copy lines ${first} to ${last}`;
}

function foundText(
  hits: readonly number[] | undefined,
  total: number,
  hit: number | undefined,
): string {
  if (hits === undefined) return "…";
  if (total === 0) return "not found";
  const place = hit === undefined ? 0 : hits.indexOf(hit) + 1;
  return place === 0 ? grouped(total) : `${place} of ${grouped(total)}`;
}
