import type { PreparedWorkflow } from "@automatosx/workflow";
import {
  type CheckedCheckpoint,
  CheckpointManager,
  RunReader,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { axw, type Command } from "../command.js";
import { type DbOptions, openToRead, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { keptOutcomes } from "../render/kept-outcomes.js";
import { shortId } from "../render/short-id.js";
import { forkWithFile } from "../rerun/fork-with-file.js";
import { inputArguments, type NewInputs, newInputs } from "../rerun/new-inputs.js";
import { withRunChanger } from "../rerun/run-to-change.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow } from "../workflow-file.js";

export interface ForkOptions extends DbOptions, NewInputs {
  /** A checkpoint of the run: its id, a part of it, or its name. */
  readonly at?: string;
  /** The workflow file with which the fork continues. */
  readonly file?: string;
  readonly runId?: string;
  readonly root?: string;
  readonly agents?: string;
  readonly json?: boolean;
}

/** Makes a new run that begins with the results of another one. Starts nothing. */
export async function fork(io: CliIo, id: string, options: ForkOptions): Promise<ExitCode> {
  const { file } = options;
  const source = file === undefined ? undefined : await loadWorkflow(io, file, options);
  const run = await readRun(io, id, options);
  const checkpoint = await checkpointOf(io, run, options);
  const inputs = await newInputs(
    io,
    options,
    await declaredInputs(io, run, source, options),
    "fork",
  );
  const about = {
    ...(checkpoint !== undefined && { checkpoint: checkpoint.checkpointId }),
    ...(inputs !== undefined && { inputs }),
    ...(options.runId !== undefined && { runId: options.runId }),
  };
  const { runId } =
    source === undefined || file === undefined
      ? await withRunChanger(io, { run }, options, (control) => control.fork(run.runId, about))
      : await forkWithFile(
          io,
          { run, file, command: typed(run, file, options), workflow: source, about },
          options,
        );
  using storage = await openToRead(io, options);
  const { view } = RunReader.open(storage, runId).catchUp();
  if (options.json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_forked",
      runId,
      forkedFrom: {
        runId: run.runId,
        ...(checkpoint !== undefined && { checkpointId: checkpoint.checkpointId }),
      },
      kept: view.counts().completed,
    });
  const from =
    checkpoint === undefined
      ? `run ${shortId(run.runId)}`
      : `checkpoint ${shortId(checkpoint.checkpointId)} of run ${shortId(run.runId)}`;
  const out = messages(io, options);
  // A result that waits for steps before it may be kept later.
  const soFar = source === undefined && inputs === undefined ? "" : " so far";
  const kept = `${keptOutcomes(view)}${soFar}`;
  out.line(`Forked ${from} as run ${shortId(runId)}: ${kept}. Nothing was started.`);
  const line = next("resume_run", "paused", { run: shortId(runId), args: [] });
  renderNext(out, line, options);
  return ExitCode.ok;
}

/** The command as it was typed, without the agents. */
function typed({ runId }: StoredRun, file: string, options: ForkOptions): Command {
  const { at, runId: ownId } = options;
  return axw(
    "fork",
    shortId(runId),
    ...(at === undefined ? [] : ["--at", at]),
    ...["--file", file, ...inputArguments(options)],
    ...(ownId === undefined ? [] : ["--run-id", ownId]),
  );
}

async function declaredInputs(
  io: CliIo,
  run: StoredRun,
  source: PreparedWorkflow | undefined,
  options: ForkOptions,
) {
  if (source !== undefined) return source.definition.inputs;
  using storage = await openToRead(io, options);
  return RunReader.open(storage, run.runId).catchUp().definition.inputs;
}

async function checkpointOf(
  io: CliIo,
  { runId }: StoredRun,
  options: ForkOptions,
): Promise<CheckedCheckpoint | undefined> {
  const { at } = options;
  if (at === undefined) return undefined;
  using storage = await openToRead(io, options);
  const all = new CheckpointManager(storage).listCheckpoints(runId);
  const exact = all.filter(({ checkpointId, name }) => checkpointId === at || name === at);
  const found =
    exact.length > 0 || at === "" ? exact : all.filter((one) => one.checkpointId.includes(at));
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one;
  const what = one === undefined ? "has no checkpoint" : "has several checkpoints";
  throw new UsageError(`Run ${shortId(runId)} ${what} \`${at}\`.`, {
    code: one === undefined ? "checkpoint_not_found" : "run_ambiguous",
    remedy: "Give its id, a part of it, or its name.",
    next: next("list_checkpoints", "paused", { run: shortId(runId) }),
  });
}
