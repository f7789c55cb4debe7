import { grouped } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunList } from "../../api/run.schema.js";
import { Command } from "../shell/Command.jsx";
import { typedAxw } from "../shell/typed-axw.js";
import { totalOf } from "./run-counts.js";
import { isNarrow, type RunFilter } from "./run-filter.js";

/** What stands in for the table when it would be empty. */
export function NoRuns(props: { readonly list: RunList; readonly filter: RunFilter }): VNode {
  const { list, filter } = props;
  if (filter.cursors.length > 0) return <NoPage />;
  if (!isNarrow(filter)) return <NothingYet />;
  return (
    <div class="card blank">
      <h2>No run matches</h2>
      <p class="dim">{filterText(filter, totalOf(list.counts))}</p>
      <a class="btn" href="/runs">
        Clear the filters
      </a>
    </div>
  );
}

/** What is looked for, so that one sees which filter hides the runs. */
function filterText(filter: RunFilter, otherStatuses: number): string {
  const { q, status, workflow, days, from, to } = filter;
  const parts = [
    ...(status === undefined ? [] : [status]),
    ...(workflow === undefined ? [] : [`of ${workflow}`]),
    ...(q === undefined ? [] : [`with “${q}”`]),
    ...(days === undefined ? [] : [days === 1 ? "of today" : `of the last ${days} days`]),
    ...(days === undefined && from !== undefined ? [`from ${from}`] : []),
    ...(days === undefined && to !== undefined ? [`to ${to}`] : []),
  ];
  const others =
    status !== undefined && otherStatuses > 0
      ? ` ${grouped(otherStatuses)} with another status ${otherStatuses === 1 ? "does" : "do"}.`
      : "";
  return `Looked for runs: ${parts.join(", ")}.${others}`;
}

function NothingYet(): VNode {
  return (
    <div class="card blank">
      <h2>There are no runs yet</h2>
      <p class="dim">Start one in the folder of your workflow. It appears here at once.</p>
      <Command text={typedAxw("run", "FILE")} />
      <a href="/workflows">Workflow files in this folder</a>
    </div>
  );
}

function NoPage(): VNode {
  return (
    <div class="card blank">
      <h2>This page is empty</h2>
      <p class="dim">Its runs were removed, or they no longer match.</p>
      <a class="btn" href="/runs">
        The newest runs
      </a>
    </div>
  );
}
