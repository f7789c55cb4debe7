import { count } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { WorkflowList } from "../../api/workflow.schema.js";
import { call } from "../client/call.js";
import { runsChanged } from "../client/runs-changed.js";
import { Command } from "../shell/Command.jsx";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { clock, when } from "../shell/time.js";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";

/** The screen of all workflows: those that were run, and the files that never were. */
export function WorkflowsScreen(): VNode {
  useTitle("Workflows");
  const loaded = useLoaded("workflows", (signal) => call("workflows", { signal }), runsChanged);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="list-head">
        <h1 class="grow">Workflows</h1>
        <Command text={typedAxw("validate", "FILE")} class="hide-narrow" />
      </div>
      <LoadedPart loaded={loaded}>
        {({ workflows, files }) =>
          workflows.length === 0 && files.length === 0 ? (
            <NoWorkflows />
          ) : (
            <div class="stack">
              {workflows.length > 0 && <WorkflowTable workflows={workflows} />}
              {files.length > 0 && <FileList files={files} />}
            </div>
          )
        }
      </LoadedPart>
    </main>
  );
}

function WorkflowTable({ workflows }: Pick<WorkflowList, "workflows">): VNode {
  return (
    <div class="card">
      <table class="plan wide-table" aria-label="Workflows, the last used first">
        <thead>
          <tr>
            <th scope="col">Workflow</th>
            <th scope="col">Version</th>
            <th scope="col">File</th>
            <th scope="col" class="num">
              Steps
            </th>
            <th scope="col" class="num">
              Runs
            </th>
            <th scope="col" class="num">
              Open
            </th>
            <th scope="col" class="num">
              Failed
            </th>
            <th scope="col" class="num">
              Last run
            </th>
          </tr>
        </thead>
        <tbody>
          {workflows.map((each) => (
            <WorkflowRow key={each.workflowId} workflow={each} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WorkflowRow(props: { readonly workflow: WorkflowList["workflows"][number] }): VNode {
  const { workflowId, name, version, file, stepCount, runs, open, failed, lastRunAt } =
    props.workflow;
  const id = encodeURIComponent(workflowId);
  return (
    <tr>
      <td class="nm">
        <a class="name" href={`/workflows/${id}`}>
          {name}
        </a>{" "}
        {name !== workflowId && <span class="id">{workflowId}</span>}
      </td>
      <td class="nowrap" data-label="Version">
        {version}
      </td>
      <td data-label="File">
        {file === undefined ? <span class="dim">not found</span> : <code>{file}</code>}
      </td>
      <td class="num" data-label="Steps">
        {stepCount}
      </td>
      <td class="num" data-label="Runs">
        <a href={`/runs?workflow=${id}`}>{runs}</a>
      </td>
      <td class="num" data-label="Open">
        {open > 0 && <a href={`/runs?workflow=${id}&status=open`}>{open}</a>}
      </td>
      <td class="num" data-label="Failed">
        {failed > 0 && (
          <a class="fail" href={`/runs?workflow=${id}&status=failed`}>
            {failed}
          </a>
        )}
      </td>
      <td class="num" data-label="Last run">
        {lastRunAt === null ? "" : when(lastRunAt, clock.value)}
      </td>
    </tr>
  );
}

function FileList({ files }: Pick<WorkflowList, "files">): VNode {
  return (
    <section class="card" aria-labelledby="never-run">
      <div class="card-h">
        <h2 id="never-run">Never run</h2>
        <span class="dim">{count(files.length, "file")} in this folder</span>
      </div>
      <ul class="lines">
        {files.map((file) => (
          <li key={file}>
            <a href={`/workflows/${encodeURIComponent(file)}`}>
              <code>{file}</code>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NoWorkflows(): VNode {
  return (
    <div class="card blank">
      <h2>There are no workflows yet</h2>
      <p class="dim">The folder of this server has no workflow file, and nothing was run.</p>
      <Command text={typedAxw("init")} />
    </div>
  );
}
