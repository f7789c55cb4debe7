import { count, instant, shortId } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { RunRow } from "../../api/common.schema.js";
import type { Comparison } from "../../api/run.schema.js";
import { call } from "../client/call.js";
import { Command } from "../shell/Command.jsx";
import { useLoaded } from "../shell/load.js";
import { changeQuery, query } from "../shell/location.js";
import { Problem } from "../shell/Problem.jsx";
import { Status } from "../shell/Status.jsx";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";
import { CompareSteps } from "./CompareSteps.jsx";
import { differingInputs } from "./comparison.js";

/** Two runs side by side: what differs first. */
export function CompareScreen(): VNode {
  useTitle("Compare");
  const left = query.value.get("left") ?? "";
  const right = query.value.get("right") ?? "";
  return (
    <main class="page compare" id="main" tabIndex={-1}>
      <h1>Compare</h1>
      <Choice key={`${left}/${right}`} left={left} right={right} />
      {left !== "" && right !== "" && <Compared left={left} right={right} />}
    </main>
  );
}

function Choice(props: { readonly left: string; readonly right: string }): VNode {
  const left = useSignal(props.left);
  const right = useSignal(props.right);
  const field = (label: string, value: typeof left): VNode => (
    <label class="field">
      <span class="dim">{label}</span>
      <input
        value={value.value}
        placeholder="run id, or a part of it"
        spellcheck={false}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value.trim();
        }}
      />
    </label>
  );
  return (
    <form
      class="compare-choice"
      aria-label="Runs to compare"
      onSubmit={(event) => {
        event.preventDefault();
        changeQuery({ left: left.value, right: right.value }, { replace: false });
      }}
    >
      {field("Left", left)}
      {field("Right", right)}
      <button type="submit" class="btn" aria-disabled={left.value === "" || right.value === ""}>
        Compare
      </button>
    </form>
  );
}

function Compared({ left, right }: { readonly left: string; readonly right: string }): VNode {
  const { value, problem, isSlow, reload } = useLoaded(`${left} ${right}`, (signal) =>
    call("compare", { params: { run: left }, query: { with: right }, signal }),
  );
  if (value === undefined) {
    if (problem !== undefined) return <Problem problem={problem} onRetry={reload} />;
    return isSlow ? <p class="dim">Reading both runs…</p> : <></>;
  }
  return (
    <div class="stack">
      <div class="compare-runs">
        <RunCard title="Left" row={value.left} />
        <RunCard title="Right" row={value.right} />
      </div>
      <Surroundings comparison={value} />
      <CompareSteps comparison={value} />
    </div>
  );
}

function RunCard({ title, row }: { readonly title: string; readonly row: RunRow }): VNode {
  return (
    <section class="card" aria-label={title}>
      <div class="card-h">
        <span class="dimmer">{title}</span>
        <a href={`/runs/${encodeURIComponent(row.runId)}`}>
          {row.workflowName} <code>{shortId(row.runId)}</code>
        </a>
        <span class="grow" />
        <Status status={row.status} />
      </div>
      <p class="compare-about dim">
        {`version ${row.workflowVersion}, started ${instant(row.createdAt)}`}
      </p>
      <div class="log-foot">
        <Command text={typedAxw("show", shortId(row.runId))} isPlain />
      </div>
    </section>
  );
}

/** What differs besides the steps: the definition and the inputs. */
function Surroundings({ comparison }: { readonly comparison: Comparison }): VNode {
  const { definition } = comparison;
  const inputs = differingInputs(comparison.inputs);
  return (
    <section class="card" aria-label="Definition and inputs">
      <div class="card-h">
        <h2>Definition and inputs</h2>
        <span class="dim">
          {definition.length === 0 ? "the same definition" : count(definition.length, "change")},{" "}
          {inputs.length === 0
            ? "the same inputs"
            : `${count(inputs.length, "input")} ${inputs.length === 1 ? "differs" : "differ"}`}
        </span>
      </div>
      {(definition.length > 0 || inputs.length > 0) && (
        <ul class="then">
          {definition.map((text) => (
            <li key={text}>{text}</li>
          ))}
          {inputs.map(({ name, left, right }) => (
            <li key={name}>
              <span>
                <b>{name}</b>: <code>{shown(left)}</code> on the left, <code>{shown(right)}</code>{" "}
                on the right
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** An input on one line. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
