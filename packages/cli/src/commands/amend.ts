import type { PreparedWorkflow } from "@automatosx/workflow";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { announceWait } from "../announce-wait.js";
import { axw } from "../command.js";
import { placedRun } from "../copied-project.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { type Measured, measureRun } from "../rerun/measured.js";
import { inputArguments, type NewInputs, newInputs, withInputHelp } from "../rerun/new-inputs.js";
import { renderRerun, rerunAsJson, stoppedText } from "../rerun/rerun-lines.js";
import {
  type RunToChange,
  readRunToChange,
  reportChange,
  withRunChanger,
} from "../rerun/run-to-change.js";
import { withAgents } from "../rerun/with-agents.js";
import { placeOfRun } from "../run-place.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";
import { loadWorkflow } from "../workflow-file.js";

export interface AmendOptions extends AnswerOptions, NewInputs {
  /** Whether only to show what would happen to each step. */
  readonly dryRun?: boolean;
  readonly by?: string;
  readonly root?: string;
}

type Inputs = Readonly<Record<string, unknown>> | undefined;

/**
 * Continues a run with another definition, after showing what happens to each step. A step whose
 * request is the same keeps its result.
 */
export async function amend(
  io: CliIo,
  id: string,
  file: string,
  options: AmendOptions,
): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, file, options);
  const target = await readRunToChange(io, id, options);
  const { runId } = target.run;
  const inputs = await newInputs(io, options, workflow.definition.inputs, "amend");
  const about = inputs === undefined ? {} : { inputs };
  const steps = await withRunChanger(io, target, options, (control) =>
    withInputHelp("amend", control.preview(runId, workflow, about)),
  );
  const rerun = new RerunPlan(steps, target.view);
  const measured = await measureRun(io, target, rerun, options);
  if (options.json !== true) renderRerun(io, rerun, measured);
  const isDryRun = options.dryRun === true;
  if (isDryRun) return reportDryRun(io, { target, file, rerun, measured }, options);
  const by = signer(io, options.by);
  await change(
    io,
    target,
    { workflow, inputs, rerun, file },
    { ...options, ...(by !== undefined && { by }) },
  );
  const stopped = stoppedText(rerun.stopped());
  return reportChange(
    io,
    target,
    {
      text: [
        `Amended run ${shortId(runId)}: ${rerun.tally()}.`,
        ...(stopped === undefined ? [] : [stopped]),
      ],
      document: {
        type: "definition_changed",
        definitionHash: workflow.hash,
        ...about,
        ...(by !== undefined && { by }),
        ...rerunAsJson(rerun, measured),
      },
    },
    options,
  );
}

interface DryRun {
  readonly target: RunToChange;
  readonly file: string;
  readonly rerun: RerunPlan;
  readonly measured: Measured;
}

function reportDryRun(
  io: CliIo,
  { target: { run }, file, rerun, measured }: DryRun,
  options: AmendOptions,
): ExitCode {
  const { runId } = run;
  if (options.json === true)
    io.stdout.json({ schemaVersion: SCHEMA_VERSION, runId, ...rerunAsJson(rerun, measured) });
  else io.stdout.line("Nothing was changed.");
  const args = inputArguments(options);
  const line = next("amend_run", "previewed", { run: shortId(runId), file, args });
  renderNext(messages(io, options), line, options);
  return ExitCode.ok;
}

interface Amendment {
  readonly workflow: PreparedWorkflow;
  readonly inputs: Inputs;
  readonly rerun: RerunPlan;
  readonly file: string;
}

/** Asks the run to continue with the definition. The agents are checked as for a resume. */
async function change(
  io: CliIo,
  { run: stored }: RunToChange,
  { workflow, inputs, rerun, file }: Amendment,
  options: AmendOptions,
): Promise<void> {
  const run = placedRun(io, options, stored);
  const { by, resume } = options;
  const command = axw(
    "amend",
    ...[shortId(run.runId), file, ...inputArguments(options)],
    ...(by === undefined ? [] : ["--by", by]),
    ...(resume === false ? ["--no-resume"] : []),
  );
  const place = placeOfRun(io, run, { here: options.here, command });
  await withAgents(io, { workflow, place, command, rerun }, options, async (control) => {
    announceWait(messages(io, options), run, control.storage);
    await control.amend(run.runId, workflow, {
      ...(inputs !== undefined && { inputs }),
      ...(options.by !== undefined && { by: options.by }),
    });
  });
}
