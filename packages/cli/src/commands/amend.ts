import type { PreparedWorkflow } from "@automatosx/workflow";
import { announceWait } from "../announce-wait.js";
import { axw } from "../command.js";
import { placedRun } from "../copied-project.js";
import { openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { type Measured, measure } from "../rerun/measured.js";
import { inputArguments, type NewInputs, newInputs, withInputHelp } from "../rerun/new-inputs.js";
import { Rerun } from "../rerun/Rerun.js";
import { rerunAsJson, rerunSummary, rerunTable, stoppedText } from "../rerun/rerun-lines.js";
import { type BackRun, readBackRun, reportBack, tellBack } from "../rerun/tell-rerun.js";
import { withAgents } from "../rerun/with-agents.js";
import { placeOfRun } from "../run-place.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";
import { loadWorkflow } from "../workflow-file.js";

export interface AmendOptions extends AnswerOptions, NewInputs {
  /** Whether only to show what would become of the steps. */
  readonly dryRun?: boolean;
  readonly by?: string;
  readonly root?: string;
}

type Inputs = Readonly<Record<string, unknown>> | undefined;

/**
 * Continues a run with another definition. Shows what becomes of each step first: results stay
 * where the step is asked the same.
 */
export async function amend(
  io: CliIo,
  id: string,
  file: string,
  options: AmendOptions,
): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, file, options);
  const back = await readBackRun(io, id, options);
  const { runId } = back.run;
  const inputs = await newInputs(io, options, workflow.definition.inputs, "amend");
  const about = inputs === undefined ? {} : { inputs };
  const steps = await tellBack(io, back, options, (engine) =>
    withInputHelp("amend", engine.preview(runId, workflow, about)),
  );
  const rerun = new Rerun(steps, back.view);
  const measured = await measuredIn(io, back, rerun, options);
  if (options.json !== true) renderRerun(io, rerun, measured);
  const isDryRun = options.dryRun === true;
  if (isDryRun) return reportDryRun(io, { back, file, rerun, measured }, options);
  const by = signer(io, options.by);
  await change(
    io,
    back,
    { workflow, inputs, rerun, file },
    { ...options, ...(by !== undefined && { by }) },
  );
  const stopped = stoppedText(rerun.stopped());
  return reportBack(
    io,
    back,
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

/** Adds up what the steps that are performed again took before. */
export async function measuredIn(
  io: CliIo,
  { run: { runId }, view }: BackRun,
  rerun: Rerun,
  options: AnswerOptions,
): Promise<Measured> {
  using storage = await openToRead(io, options);
  return measure(storage, runId, view, rerun);
}

/** Prints what becomes of each step, and the numbers. */
export function renderRerun({ stdout }: CliIo, rerun: Rerun, measured: Measured): void {
  for (const line of rerunTable(stdout, rerun)) stdout.line(line);
  stdout.line(rerunSummary(rerun, measured));
}

interface DryRun {
  readonly back: BackRun;
  readonly file: string;
  readonly rerun: Rerun;
  readonly measured: Measured;
}

function reportDryRun(
  io: CliIo,
  { back: { run }, file, rerun, measured }: DryRun,
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
  readonly rerun: Rerun;
  readonly file: string;
}

/** Asks the run to continue with the definition. The agents are checked as for a resume. */
async function change(
  io: CliIo,
  { run: stored }: BackRun,
  { workflow, inputs, rerun, file }: Amendment,
  options: AmendOptions,
): Promise<void> {
  const run = placedRun(io, options, stored);
  const command = axw("amend", shortId(run.runId), file, ...inputArguments(options));
  const place = placeOfRun(io, run, { here: options.here, command });
  await withAgents(io, { workflow, place, command, rerun }, options, async (engine) => {
    announceWait(messages(io, options), run);
    await engine.amend(run.runId, workflow, {
      ...(inputs !== undefined && { inputs }),
      ...(options.by !== undefined && { by: options.by }),
    });
  });
}
