import type { VNode } from "preact";
import { Icon } from "../../shell/Icons.jsx";
import { changeQuery } from "../../shell/location.js";
import type { LogLines } from "./LogLines.js";
import type { LineRange } from "./line-range.js";
import type { Find } from "./use-find.js";

/** Above a log: the search, the choice of the stream, and the copy of the selected lines. */
export function LogBar(props: {
  readonly lines: LogLines;
  readonly find: Find;
  readonly stream: "stderr" | undefined;
  readonly selected: LineRange | undefined;
  readonly onCopy: () => void;
}): VNode {
  const { lines, find, stream, selected, onCopy } = props;
  const { wanted, hits, total, hit } = find;
  return (
    <div class="log-bar">
      <label class="field">
        <Icon name="find" />
        <input
          type="search"
          placeholder={`Find in all ${lines.total.toLocaleString("en")} lines`}
          aria-label="Find in log"
          value={wanted.value}
          onInput={(event) => find.search(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            find.go(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      {wanted.value !== "" && (
        <span class="found" role="status">
          {foundText(hits.value, total.value, hit.value)}
          <button
            type="button"
            class="btn quiet icon small"
            aria-label="Previous hit"
            aria-keyshortcuts="p"
            aria-disabled={total.value === 0}
            onClick={() => find.go(-1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            class="btn quiet icon small"
            aria-label="Next hit"
            aria-keyshortcuts="n"
            aria-disabled={total.value === 0}
            onClick={() => find.go(1)}
          >
            <Icon name="down" />
          </button>
        </span>
      )}
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
          {`stderr ${lines.stderr.toLocaleString("en")}`}
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
  return place === 0 ? total.toLocaleString("en") : `${place} of ${total.toLocaleString("en")}`;
}
