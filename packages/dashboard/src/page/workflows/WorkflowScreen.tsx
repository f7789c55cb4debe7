import { count } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { Workflow } from "../../api/workflow.schema.js";
import { call } from "../client/call.js";
import { runsChanged } from "../client/runs-changed.js";
import { Boundary } from "../shell/Boundary.jsx";
import { Command } from "../shell/Command.jsx";
import { Icon } from "../shell/Icons.jsx";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { Status } from "../shell/Status.jsx";
import type { ScreenProps } from "../shell/screens.js";
import { clock, timeOfDay, when } from "../shell/time.js";
import { useTitle } from "../shell/title.js";
import { HistoryCard } from "./HistoryCard.jsx";
import { PlanCard } from "./PlanCard.jsx";
import { RunDialog } from "./RunDialog.jsx";
import { SourceCard } from "./SourceCard.jsx";

/** The screen of one workflow: its source and problems, what it would do, and what it did. */
export function WorkflowScreen({ rest }: ScreenProps): VNode {
  const id = rest.join("/");
  const loaded = useLoaded(
    id,
    (signal) => call("workflow", { params: { workflow: id }, signal }),
    runsChanged,
  );
  useTitle(loaded.value?.name ?? id);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <LoadedPart loaded={loaded} rows={16}>
        {(workflow) => <WorkflowParts id={id} workflow={workflow} />}
      </LoadedPart>
    </main>
  );
}

function WorkflowParts(props: { readonly id: string; readonly workflow: Workflow }): VNode {
  const { id, workflow } = props;
  return (
    <>
      <Head workflow={workflow} />
      <div class="wf">
        <Boundary name="Source">
          <SourceCard id={id} workflow={workflow} />
        </Boundary>
        <div class="stack">
          <Boundary name="Plan">
            <PlanCard id={id} workflow={workflow} />
          </Boundary>
          <Boundary name="History">
            <HistoryCard id={id} workflow={workflow} />
          </Boundary>
        </div>
      </div>
    </>
  );
}

function Head({ workflow }: { readonly workflow: Workflow }): VNode {
  const { name, onDisk, commands, canRun } = workflow;
  const isAsking = useSignal(false);
  const issues = onDisk?.issues ?? [];
  const errors = issues.filter(({ severity }) => severity === "error").length;
  const warnings = issues.length - errors;
  return (
    <div class="wf-h">
      <div class="grow">
        <nav class="crumb" aria-label="Breadcrumb">
          <a href="/workflows">Workflows</a>
          <Icon name="right" isSmall />
          <span>{name}</span>
        </nav>
        <div class="rh1">
          <h1>{name}</h1>
          {errors > 0 && <Status status="error" word={count(errors, "error")} isPill />}
          {warnings > 0 && <Status status="warning" word={count(warnings, "warning")} isPill />}
        </div>
        <p class="dim">{stateText(workflow, errors, clock.value)}</p>
      </div>
      <Command text={issues.length > 0 ? commands.validate : commands.run} class="hide-narrow" />
      <button
        type="button"
        class="btn primary"
        aria-disabled={!canRun.can}
        title={canRun.because ?? ""}
        onClick={() => {
          if (canRun.can) isAsking.value = true;
        }}
      >
        Run…
      </button>
      {!canRun.can && <span class="vh">{canRun.because}</span>}
      {isAsking.value && (
        <RunDialog
          workflow={workflow}
          onClose={() => {
            isAsking.value = false;
          }}
        />
      )}
    </div>
  );
}

/** How the file stands to the version of the last run. */
export function stateText(workflow: Workflow, errors: number, now: number): string {
  const { onDisk, versions, file } = workflow;
  const last = versions[0]?.version;
  if (onDisk === null)
    return file === undefined
      ? "Its file is not in the folder of this server; the source is that of its last run."
      : `The file ${file} cannot be read; the source is that of its last run.`;
  if (last === undefined) return errors > 0 ? "The file has errors." : "The file was never run.";
  if (onDisk.isSameAsLast) return `The file is the same as in its last run, of version ${last}.`;
  const at =
    now - onDisk.changedAt < 12 * 3_600_000
      ? `at ${timeOfDay(onDisk.changedAt)}`
      : when(onDisk.changedAt, now);
  const changed = `The file changed ${at}, after its last run.`;
  return errors === 0
    ? changed
    : `${changed} The history is of ${last}, the last version that was valid.`;
}
