import type { PreparedWorkflow } from "@automatosx/workflow";
import type { StoredRun } from "@automatosx/workflow/observe";
import { RunReader } from "@automatosx/workflow/observe";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { RunControl } from "../backend/RunControl.js";
import { axw, type Command } from "../command.js";
import { openToRead, readRun } from "../database.js";
import type { ExitCode } from "../exit-codes.js";
import { findStep } from "../find-step.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import type { RunOptions } from "../run-options.js";
import { isWithin, rootOf } from "../step-path.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";
import { forkWithFile } from "./fork-with-file.js";
import { inputArguments, newInputs, withInputHelp } from "./new-inputs.js";
import { descendantsOf, restrictWorkflow } from "./restrict-workflow.js";
import { withRunChanger } from "./run-to-change.js";

/** Forks a run with a workflow file, and runs the fork. */
export async function runFrom(
  io: CliIo,
  name: string,
  options: RunOptions & { readonly from: string },
): Promise<ExitCode> {
  refuseContradictions(options);
  const workflow = await loadWorkflow(io, name, options);
  const run = await readRun(io, options.from, options);
  const inputs = await newInputs(io, options, workflow.definition.inputs, "run");
  const chosen = await withRunChanger(io, { run }, options, (control) =>
    withInputHelp("run", choose(io, control, { run, name, workflow, inputs }, options)),
  );
  const { runId } = await forkWithFile(
    io,
    {
      ...{ run, file: name, command: typed(name, run, options), workflow, part: chosen.source },
      ...{ rerun: chosen.rerun, reopened: chosen.reopened },
      about: {
        ...(inputs !== undefined && { inputs }),
        ...(options.runId !== undefined && { runId: options.runId }),
      },
      downstream: options.fromStep !== undefined,
    },
    options,
  );
  const out = messages(io, options);
  const results = `the results of run ${shortId(run.runId)}: ${chosen.rerun.tally()}`;
  out.line(`run ${shortId(runId)} begins with ${results}`);
  for (const line of chosen.notes) out.line(line);
  const { resume } = await import("../commands/resume.js");
  return resume(io, runId, options);
}

/** The command as it was typed, without the agents. */
function typed(
  name: string,
  { runId }: StoredRun,
  options: RunOptions & { readonly from: string },
): Command {
  const { only, fromStep, runId: ownId } = options;
  return axw(
    "run",
    ...[name, "--from", shortId(runId)],
    ...(only === undefined ? [] : ["--only", only]),
    ...(fromStep === undefined ? [] : ["--from-step", fromStep]),
    ...inputArguments(options),
    ...(ownId === undefined ? [] : ["--run-id", ownId]),
  );
}

interface Chosen {
  readonly source: PreparedWorkflow;
  /** The steps to perform again even if their requests are the same. */
  readonly reopened: readonly string[];
  readonly rerun: RerunPlan;
  readonly notes: readonly string[];
}

interface Fork {
  readonly run: StoredRun;
  /** The workflow file as it was typed. */
  readonly name: string;
  readonly workflow: PreparedWorkflow;
  readonly inputs: Readonly<Record<string, unknown>> | undefined;
}

async function choose(
  io: CliIo,
  control: RunControl,
  { run, name, workflow, inputs }: Fork,
  options: RunOptions,
): Promise<Chosen> {
  using storage = await openToRead(io, options);
  const { view } = RunReader.open(storage, run.runId).catchUp();
  const about = inputs === undefined ? {} : { inputs };
  const preview = async (source: PreparedWorkflow): Promise<RerunPlan> =>
    new RerunPlan(await control.preview(run.runId, source, about), view);
  const withReopened = ({ steps }: RerunPlan, reopened: readonly string[]): RerunPlan =>
    new RerunPlan(steps, view, reopened);
  const { only, fromStep } = options;
  const word = only ?? fromStep;
  if (word === undefined)
    return { source: workflow, reopened: [], rerun: await preview(workflow), notes: [] };
  const whole = await preview(workflow);
  const stepId = chosenStep(run, workflow, whole, word);
  const root = rootOf(stepId);
  if (only === undefined) {
    const dependents = descendantsOf(workflow, root);
    const reopened = keptIn(
      whole,
      (id) => isWithin(id, stepId) || (rootOf(id) !== root && dependents.has(rootOf(id))),
    );
    return {
      ...{ source: workflow, reopened, rerun: withReopened(whole, reopened) },
      notes: reopenedNote(stepId, reopened),
    };
  }
  const place = {
    path: pathOf(io, name),
    root: options.root === undefined ? undefined : pathOf(io, options.root),
  };
  const source = restrictWorkflow(workflow, root, place);
  const rerun = await preview(source);
  refuseOthers(rerun, stepId);
  const left = workflow.definition.steps.length - source.definition.steps.length;
  const notes =
    left === 0 ? [] : [`only ${cleanLine(stepId)} is performed; the run has no other steps`];
  const reopened = keptIn(rerun, (id) => isWithin(id, stepId));
  return { source, reopened, rerun: withReopened(rerun, reopened), notes };
}

function reopenedNote(stepId: string, reopened: readonly string[]): string[] {
  return reopened.length === 0
    ? []
    : [`${cleanLine(stepId)} and all steps that depend on it are performed again`];
}

/** The step that the user typed: one of the run or of the workflow file. */
function chosenStep(
  { runId }: StoredRun,
  { definition }: PreparedWorkflow,
  rerun: RerunPlan,
  word: string,
): string {
  const inFile = definition.steps.map(({ id }) => id);
  const inRun = rerun.steps
    .filter(({ verdict }) => verdict !== "dropped")
    .map(({ stepId }) => stepId);
  const steps = [...new Set([...inFile, ...inRun])].map((id) => ({ id }));
  const line = next("read_help", "wrong_usage", { args: ["run"] });
  return findStep(steps, word, { runId, next: line }).id;
}

/** `--only` performs no other step, so every step before it must have a valid result. */
function refuseOthers(rerun: RerunPlan, stepId: string): void {
  const performed = new Set(rerun.performed());
  const first = rerun.steps.find(
    (step) => performed.has(step.stepId) && !isWithin(step.stepId, stepId),
  );
  if (first === undefined) return;
  const why = rerun.reason(first);
  throw new UsageError(
    `--only ${stepId} performs no other step, but \`${first.stepId}\` has no valid result` +
      `${why === "" ? "" : `: ${why}`}.`,
    {
      remedy: "Leave out --only: steps whose requests are the same keep their results anyway.",
      next: next("read_help", "wrong_usage", { args: ["run"] }),
    },
  );
}

function keptIn(rerun: RerunPlan, isMeant: (stepId: string) => boolean): readonly string[] {
  return rerun.steps
    .filter(({ stepId, verdict }) => verdict === "kept" && isMeant(stepId))
    .map(({ stepId }) => stepId);
}

// A fork keeps the context of its run, and its definition says how many steps may be in flight.
function refuseContradictions({ context, only, fromStep }: RunOptions): void {
  const help = next("read_help", "wrong_usage", { args: ["run"] });
  if (only !== undefined && fromStep !== undefined)
    throw new UsageError("--only and --from-step cannot be used together.", {
      remedy:
        "Use --only to perform one step, or --from-step to also perform the steps that depend " +
        "on it.",
      next: help,
    });
  if (context !== undefined)
    throw new UsageError("--context cannot be used with --from: the run keeps its context.", {
      remedy: "Declare the value as an input and pass it with --input.",
      next: help,
    });
}
