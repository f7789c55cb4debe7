import { isOwned } from "@automatosx/workflow/observe";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { loadWorkflow } from "../workflow-file.js";
import { measureRun } from "./measured.js";
import { inputArguments, newInputs, withInputHelp } from "./new-inputs.js";
import type { PlanOptions } from "./plan-options.js";
import { renderRerun, rerunAsJson } from "./rerun-lines.js";
import { viewOf, withRunChanger } from "./run-to-change.js";

/** Shows which steps of a run would keep their results with a workflow file. Changes nothing. */
export async function planForRun(
  io: CliIo,
  name: string,
  options: PlanOptions & { readonly run: string },
): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, name, options);
  const run = await readRun(io, options.run, options);
  const inputs = await newInputs(io, options, workflow.definition.inputs, "plan");
  const steps = await withRunChanger(io, { run }, options, (control) =>
    withInputHelp(
      "plan",
      control.preview(run.runId, workflow, inputs === undefined ? {} : { inputs }),
    ),
  );
  const view = await viewOf(io, run.runId, options);
  const rerun = new RerunPlan(steps, view);
  const measured = await measureRun(io, { run, view }, rerun, options);
  if (options.json === true) {
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      runId: run.runId,
      workflowId: workflow.definition.id,
      version: workflow.definition.version,
      ...rerunAsJson(rerun, measured),
    });
    return ExitCode.ok;
  }
  renderRerun(io, rerun, measured);
  io.stdout.line("Nothing was changed.");
  const hasEnded = run.status === "completed" || (run.status === "cancelled" && !isOwned(run));
  const pairs = inputArguments(options);
  const line: NextLine = hasEnded
    ? next("run_from", "previewed", { run: shortId(run.runId), file: name, args: pairs })
    : next("amend_run", "previewed", { run: shortId(run.runId), file: name, args: pairs });
  renderNext(messages(io), line, options);
  return ExitCode.ok;
}
