import { shortId } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { Gate } from "../../api/gate.schema.js";
import { diffLines, foldUnchanged, linesOfValue } from "../../diff/line-diff.js";
import { byteText } from "../step/byte-text.js";
import { JsonTree } from "../step/json/JsonTree.jsx";
import { isShowable } from "../step/json/json-rows.js";
import { TextView } from "../step/TextView.jsx";

type View = "change" | "whole" | "json";
const VIEW_NAMES: Readonly<Record<View, string>> = {
  change: "Change",
  whole: "Whole",
  json: "JSON",
};

/** What is to be approved: what has changed since the run before, the whole, or its parts. */
export function GateShown({ gate }: { readonly gate: Gate }): VNode | null {
  const { previous, askedBy, shownBytes, error } = gate;
  const isText = typeof gate.shown === "string";
  const views: readonly View[] = [
    ...(previous === null ? [] : (["change"] as const)),
    "whole",
    ...(isText ? [] : (["json"] as const)),
  ];
  const view = useSignal<View | undefined>(undefined);
  if (error !== undefined)
    return (
      <div class="card">
        <div class="card-h">
          <h2>Why it is unknown</h2>
        </div>
        <p class="log-none">{error}</p>
      </div>
    );
  if (shownBytes === 0) return null;
  const current = view.value ?? (isSameAsBefore(gate) ? "whole" : (views[0] ?? "whole"));
  return (
    <div class="card">
      <div class="card-h">
        <h2>What you approve</h2>
        <span class="dim hide-narrow">
          {askedBy === undefined ? "" : `result of ${askedBy}, `}
          {byteText(shownBytes)}
        </span>
        <span class="grow" />
        <fieldset class="seg" aria-label="Shown as">
          {views.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === current}
              onClick={() => {
                view.value = each;
              }}
            >
              {VIEW_NAMES[each]}
            </button>
          ))}
        </fieldset>
      </div>
      <Shown gate={gate} view={current} />
    </div>
  );
}

function isSameAsBefore({ previous, shown }: Gate): boolean {
  return previous !== null && JSON.stringify(previous.value) === JSON.stringify(shown);
}

function Shown({ gate, view }: { readonly gate: Gate; readonly view: View }): VNode {
  const { shown, shownBytes, previous, askedBy } = gate;
  if (!("shown" in gate))
    return (
      <p class="log-none dim">
        It has {byteText(shownBytes)}, which is too large to show here. Open the step
        {askedBy === undefined ? "" : ` ${askedBy}`} of the run and download its result.
      </p>
    );
  if (view === "change" && previous !== null)
    return <Change runId={previous.runId} before={previous.value} after={shown} />;
  const root = askedBy === undefined ? "shown" : `steps.${askedBy}.output`;
  if (view === "json" && isShowable(shown, shownBytes))
    return (
      <div class="gate-json">
        <JsonTree value={shown} label="What you approve" root={root} />
      </div>
    );
  return (
    <div class="gate-text">
      <TextView text={linesOfValue(shown).join("\n")} label="What you approve" />
    </div>
  );
}

function Change(props: {
  readonly runId: string;
  readonly before: unknown;
  readonly after: unknown;
}): VNode {
  const { runId, before, after } = props;
  const run = shortId(runId);
  const lines = diffLines(linesOfValue(before), linesOfValue(after));
  const isSame = lines.every(({ sign }) => sign === " ");
  return (
    // biome-ignore lint/a11y: a comparison that scrolls is reached by the keyboard.
    <section class="diff" tabIndex={0} aria-label={`Change since run ${run}`}>
      <span class="dimmer">
        {isSame ? `the same as in run ${run}` : `compared with run ${run}`}
      </span>
      {!isSame &&
        foldUnchanged(lines).map((part, index) =>
          "hidden" in part ? (
            <span key={index} class="dimmer">{`… ${part.hidden} unchanged lines`}</span>
          ) : (
            part.lines.map(({ sign, text }, at) => (
              <span key={`${index}-${at}`} class={SIGN_CLASSES[sign]} data-s={sign.trim()}>
                {text === "" ? " " : text}
                {sign !== " " && <span class="vh">{SIGN_WORDS[sign]}</span>}
              </span>
            ))
          ),
        )}
    </section>
  );
}

const SIGN_CLASSES = { " ": "", "+": "add", "-": "del" } as const;
const SIGN_WORDS = { "+": " (added)", "-": " (removed)" } as const;
