import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { AttemptValue } from "../../api/run.schema.js";
import { call } from "../client/call.js";
import { download, saveAs } from "../client/download.js";
import { problemOf, useLoaded } from "../shell/load.js";
import { Problem } from "../shell/Problem.jsx";
import { byteText } from "./byte-text.js";
import { CopyOf } from "./CopyOf.jsx";
import { JsonTree, valueText } from "./json/JsonTree.jsx";
import { isShowable } from "./json/json-rows.js";
import type { AttemptPlace } from "./selection.js";
import { TextView } from "./TextView.jsx";

/** What an attempt was given, or what it gave. It is read when its tab is opened. */
export function ValueTab(props: {
  readonly kind: "result" | "task" | "inputs";
  readonly place: AttemptPlace;
  /** Changes when the value may have changed. */
  readonly version: string;
  /** What the value is in an expression: `steps.design.output`. */
  readonly root: string;
}): VNode {
  const { kind, place, version, root } = props;
  const { run, step, attempt } = place;
  const params = { run, step, attempt };
  const problem = useSignal<unknown>(undefined);
  const loaded = useLoaded(`${kind} ${run} ${step} ${attempt} ${version}`, (signal) =>
    call(kind, { params, signal }),
  );
  const value = loaded.isStale ? undefined : loaded.value;
  if (loaded.problem !== undefined && value === undefined) {
    if (loaded.problem.status === 404)
      return <p class="log-none dim">{loaded.problem.body.message}</p>;
    return <Problem problem={loaded.problem} onRetry={loaded.reload} />;
  }
  if (value === undefined)
    return loaded.isSlow ? <p class="log-none dim">Reading the {kind}…</p> : <div class="grow" />;
  const isWhole = "value" in value;
  const save = async (): Promise<void> => {
    const name = `${run}-${step}-${attempt}-${kind}`;
    problem.value = undefined;
    try {
      if (isWhole) saveAs(asFile(value.value), `${name}${extension(value.value)}`);
      else await download(kind, { params, query: { whole: "true" } }, `${name}.json`);
    } catch (error) {
      problem.value = error;
    }
  };
  return (
    <>
      <div class="log-bar">
        <span>{byteText(value.bytes)}</span>
        {value.mask && <span class="chip">secrets are masked</span>}
        <span class="grow" />
        {isWhole && <CopyOf text={() => valueText(value.value)} label={`Copy the ${kind}`} />}
        <button type="button" class="btn quiet small" onClick={() => void save()}>
          Download
        </button>
      </div>
      {problem.value !== undefined && <Problem problem={problemOf(problem.value)} />}
      <Shown kind={kind} value={value} root={root} />
    </>
  );
}

function Shown(props: {
  readonly kind: string;
  readonly value: AttemptValue;
  readonly root: string;
}): VNode {
  const { kind, value, root } = props;
  if (!("value" in value))
    return (
      <p class="log-none dim">
        The {kind} has {byteText(value.bytes)}, which is too large to show. Download it.
      </p>
    );
  if (typeof value.value === "string") return <TextView text={value.value} label={kind} />;
  if (isShowable(value.value, value.bytes))
    return <JsonTree value={value.value} label={kind} root={root} />;
  const text = valueText(value.value);
  return <TextView text={text} label={kind} note="It has too many values for a tree." />;
}

function asFile(value: unknown): Blob {
  const type = typeof value === "string" ? "text/plain" : "application/json";
  return new Blob([valueText(value)], { type });
}

function extension(value: unknown): string {
  return typeof value === "string" ? ".txt" : ".json";
}
