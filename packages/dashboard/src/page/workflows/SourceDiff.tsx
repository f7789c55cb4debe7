import { count } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { Diff } from "../../api/workflow.schema.js";
import { call } from "../client/call.js";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { type DiffPart, foldEqual } from "./diff-parts.js";
import { visibleSource } from "./visible-source.js";

/** The difference between two versions of a workflow. */
export function SourceDiff(props: {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}): VNode {
  const { id, from, to } = props;
  const loaded = useLoaded(`${id} ${from} ${to}`, (signal) =>
    call("diff", { params: { workflow: id }, query: { from, to }, signal }),
  );
  return (
    <LoadedPart loaded={loaded}>
      {(diff) => (
        <>
          {diff.changes.length > 0 && (
            <ul class="lines">
              {diff.changes.map((change) => (
                <li key={change}>{change}</li>
              ))}
            </ul>
          )}
          <DiffText lines={diff.lines} />
          <div class="foot">
            <span>
              from {nameOf(diff.from)} to {nameOf(diff.to)}
            </span>
          </div>
        </>
      )}
    </LoadedPart>
  );
}

function nameOf(hash: string): string {
  return hash === "disk" ? "the file on disk" : hash.slice(0, 6);
}

const LOOKS = { "+": "add", "-": "del", " ": "" } as const;
const WORDS = { "+": "added: ", "-": "removed: ", " ": "" } as const;

/** Changed lines with those around them; the other equal lines are folded. */
function DiffText({ lines }: Pick<Diff, "lines">): VNode {
  if (lines.every(([sign]) => sign === " "))
    return <p class="dialog-text dim">The texts are equal.</p>;
  return (
    <div class="diff" tabIndex={0} role="region" aria-label="Difference">
      {foldEqual(lines).map((part, index) => (
        <Part key={index} part={part} />
      ))}
    </div>
  );
}

function Part({ part: { kind, lines } }: { readonly part: DiffPart }): VNode {
  const isOpen = useSignal(kind === "lines");
  if (!isOpen.value)
    return (
      <button
        type="button"
        class="btn quiet small more-lines"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {count(lines.length, "equal line")}
      </button>
    );
  return (
    <>
      {lines.map(([sign, text], index) => (
        <span key={index} class={LOOKS[sign]} data-s={sign}>
          {sign !== " " && <span class="vh">{WORDS[sign]}</span>}
          {text === "" ? "\u200b" : visibleSource(text)}
        </span>
      ))}
    </>
  );
}
