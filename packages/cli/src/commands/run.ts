import {
  checkStart,
  type PreparedWorkflow,
  type StartOptions,
  WorkflowError,
} from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { announceWait } from "../announce-wait.js";
import { awaitRestOf } from "../await-rest.js";
import { performedElsewhere } from "../backend/performed-elsewhere.js";
import { placeOfStart } from "../backend/place-of-start.js";
import { chooseAgents } from "../choose-agents.js";
import { axw } from "../command.js";
import { placedRun } from "../copied-project.js";
import { printedPlace, readRunOrNone } from "../database.js";
import { driveRun } from "../drive-run.js";
import type { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { startArguments } from "../next/start-arguments.js";
import { retypedLine } from "../next/start-line.js";
import { type Retype, readContext, readInputs, readInputsFile } from "../read-inputs.js";
import { skippedCheckpoint } from "../render/error.js";
import { keptOutcomes } from "../render/kept-outcomes.js";
import { shortId } from "../render/short-id.js";
import { count } from "../render/words.js";
import type { RunOptions } from "../run-options.js";
import { placeOfNewRun, placeOfRun, type RunPlace } from "../run-place.js";
import { stepsLeftIn } from "../steps-left-in.js";
import { UsageError } from "../UsageError.js";
import { withChildWorkflows } from "../with-child-workflows.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

/** Returns how to find the steps that the run with the given id may still perform. */
function stepsLeftOf(
  io: CliIo,
  options: RunOptions,
  { definition }: PreparedWorkflow,
): () => Promise<ReadonlySet<string>> {
  return async () => {
    try {
      return await stepsLeftIn(io, options, options.runId ?? "");
    } catch {
      // The run does not exist yet, or an error that its start reports.
      return new Set(definition.steps.map(({ id }) => id));
    }
  };
}

/**
 * Refuses values that do not match the workflow.
 *
 * @throws UsageError `invalid_input`
 */
function checkValues(
  workflow: PreparedWorkflow,
  start: Parameters<typeof checkStart>[1],
  retype: Retype,
): void {
  try {
    checkStart(workflow, start);
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_input") throw error;
    const { message, code, remedy } = error;
    throw new UsageError(message, {
      code,
      next: retype(),
      ...(remedy !== undefined && { remedy }),
    });
  }
}

/** The place of the run with the given id, if it exists and continues. */
async function placeOfNamed(io: CliIo, options: RunOptions): Promise<RunPlace | undefined> {
  const { runId } = options;
  if (runId === undefined) return undefined;
  const run = await readRunOrNone(io, runId, options);
  const continues = run !== undefined && run.status !== "completed" && run.status !== "cancelled";
  return continues
    ? placeOfRun(io, placedRun(io, options, run), { command: axw("resume", runId) })
    : undefined;
}

function refuseWithoutFrom({ only, fromStep }: RunOptions): void {
  const flag = only !== undefined ? "--only" : fromStep !== undefined ? "--from-step" : undefined;
  if (flag === undefined) return;
  throw new UsageError(`${flag} needs the run that the other results are taken from.`, {
    remedy: "Give it with --from RUN; @last is the newest run.",
    next: next("read_help", "wrong_usage", { args: ["run"] }),
  });
}

/** Runs a workflow file and shows its progress. */
export async function run(io: CliIo, name: string, options: RunOptions): Promise<ExitCode> {
  if (options.from !== undefined) {
    const { runFrom } = await import("../rerun/run-from.js");
    return runFrom(io, name, { ...options, from: options.from });
  }
  refuseWithoutFrom(options);
  const workflow = await loadWorkflow(io, name, options);
  const { definition } = workflow;
  const inFile = await readInputsFile(io, options);
  const retype: Retype = (pairs) => retypedLine(name, workflow, { ...options, ...pairs }, inFile);
  const { concurrency, runId } = options;
  const start = {
    inputs: readInputs(options, inFile, definition.inputs, retype),
    context: readContext(options, retype),
    concurrency,
    ...(runId !== undefined && { runId }),
  };
  checkValues(workflow, start, retype);
  const remote = performedElsewhere(io, options);
  if (remote !== undefined) {
    const { runRemotely } = await import("../backend/run-remotely.js");
    return runRemotely(io, { remote, name, workflow, start }, options);
  }
  return runHere(io, { name, workflow, start, inFile }, options);
}

/** A run whose values are read and checked. */
interface CheckedRun {
  /** The workflow file as it was typed. */
  readonly name: string;
  readonly workflow: PreparedWorkflow;
  readonly start: StartOptions;
  /** The inputs of `--inputs FILE`. */
  readonly inFile: Readonly<Record<string, unknown>>;
}

async function runHere(
  io: CliIo,
  { name, workflow, start, inFile }: CheckedRun,
  options: RunOptions,
): Promise<ExitCode> {
  const { definition } = workflow;
  const { runId } = options;
  if (runId !== undefined) await awaitRestOf(io, runId, options);
  const path = pathOf(io, name);
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    place: (await placeOfNamed(io, options)) ?? placeOfNewRun(io, path),
    definition: withChildWorkflows(
      definition,
      [...workflow.children.values()].map((child) => child.definition),
    ),
    command: axw("run", name, ...startArguments(workflow, options, inFile).args),
    file: name,
    source: workflow,
    ...(runId !== undefined && { stepsLeft: stepsLeftOf(io, options, workflow) }),
  });
  return driveRun({
    io,
    options,
    chosen,
    definition,
    createsDatabase: true,
    async begin(engine, interrupts) {
      const existing = runId === undefined ? undefined : await engine.get(runId);
      if (runId !== undefined && existing?.status !== "completed")
        interrupts.isWaiting = announceWait(
          messages(io, options),
          engine.storage.getRun(runId),
          engine.storage,
        );
      const handle = await engine.start(workflow, {
        ...start,
        startedFrom: placeOfStart(io, options, path, chosen.agentsFile),
      });
      for (const problem of handle.problems) io.stderr.line(skippedCheckpoint(problem));
      const { id, version, steps } = definition;
      const what = `run ${shortId(handle.id)} of ${cleanLine(id)} ${cleanLine(version)}`;
      const where = `${printedPlace(io, options)}${chosen.note}`;
      if (existing === undefined)
        return {
          handle,
          afterSeq: 0,
          greeting: () => `${what}  ${count(steps.length, "step")}  ${where}`,
        };
      const { isOrphaned, journalSeq } = existing;
      const status = isOrphaned ? "orphaned" : existing.status;
      return {
        handle,
        afterSeq: journalSeq,
        greeting: (view) =>
          `${what}  already exists, ${status} at event ${journalSeq}: ` +
          `${keptOutcomes(view)}  ${where}`,
      };
    },
  });
}
