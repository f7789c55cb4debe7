import { cleanLine, isOwned, runWord, shortId, shortResult } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunStore } from "../../client/RunStore.js";
import { CopyButton } from "../../shell/Command.jsx";
import { Icon } from "../../shell/Icons.jsx";
import { Status } from "../../shell/Status.jsx";
import type { StepList } from "../steps/StepList.js";
import { RunActionBar } from "./RunActionBar.jsx";
import { RunFigures } from "./RunFigures.jsx";
import { RunNotes } from "./RunNotes.jsx";

/** The head of a run: what it is, how far it is, what it says, and what can be done with it. */
export function RunHead(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly onShow: (step: string) => void;
}): VNode {
  const { store, list, onShow } = props;
  void store.version.value;
  const { row, facts } = store;
  const { workflowId, workflowName, workflowVersion, parentRunId } = row.value;
  const name = cleanLine(workflowName);
  const id = shortId(store.runId);
  return (
    <section class="run-head" aria-label="Run">
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/runs">Runs</a>
        <Icon name="right" isSmall />
        <a href={`/workflows/${encodeURIComponent(workflowId)}`}>{cleanLine(workflowId)}</a>
        <Icon name="right" isSmall />
        {parentRunId !== undefined && (
          <>
            <a href={`/runs/${encodeURIComponent(parentRunId)}`}>{shortId(parentRunId)}</a>
            <Icon name="right" isSmall />
          </>
        )}
        <span class="cut">{id}</span>
      </nav>
      <div class="rh1">
        <h1 class="cut" title={name}>
          {name}
        </h1>
        <Status status={runWord(facts)} isPill />
        <span class="id hide-narrow" title={store.runId}>
          {id}
        </span>
        <CopyButton
          text={store.runId}
          label="Copy the id of the run"
          class="btn quiet icon small hide-narrow"
        />
        <span class="chip hide-narrow">{cleanLine(workflowVersion)}</span>
        <Inputs inputs={store.view.inputs()} />
        <span class="grow" />
        <RunActionBar store={store} list={list} isOwned={isOwned(facts)} />
      </div>
      <RunFigures store={store} />
      <RunNotes
        store={store}
        list={list}
        onShow={onShow}
        onResume={() => void store.asked.ask("resume", {})}
      />
    </section>
  );
}

const INPUT_WIDTH = 40;

/** The first input; all of them are in its title. */
function Inputs(props: { readonly inputs: Readonly<Record<string, unknown>> }): VNode | null {
  const texts = Object.entries(props.inputs).map(([name, value]) => {
    const text = typeof value === "string" ? value : shortResult(value, INPUT_WIDTH);
    return cleanLine(`${name} = ${text}`);
  });
  const [first] = texts;
  if (first === undefined) return null;
  return (
    <span class="chip hide-narrow hide-mid cut" title={texts.join("\n")}>
      {first}
      {texts.length > 1 && `, ${texts.length - 1} more`}
    </span>
  );
}
