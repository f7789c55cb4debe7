import { dirname } from "node:path";
import { Context, Machine, RunReader, type StoragePort } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { chooseAgents } from "../choose-agents.js";
import { axw } from "../command.js";
import { databasePath, shownPath } from "../database.js";
import { type DriveOptions, driveRun } from "../drive-run.js";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { type InputOptions, readContext, readInputs } from "../read-inputs.js";
import { skippedCheckpoint } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { count } from "../render/words.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

export interface RunOptions extends DriveOptions, InputOptions {
  readonly agents?: string;
  readonly concurrency: number;
  readonly runId?: string;
}

/** Runs a workflow file and shows its progress. */
export async function run(io: CliIo, name: string, options: RunOptions): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, name);
  const { definition } = workflow;
  const inputs = await readInputs(io, name, options, definition.inputs);
  const context = readContext(options);
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    folder: dirname(pathOf(io, name)),
    definition,
    command: axw("run", name),
    file: name,
  });
  return driveRun({
    io,
    options,
    chosen,
    definition,
    async begin(engine) {
      const { concurrency, runId } = options;
      const existing = runId === undefined ? undefined : progressOf(engine.storage, runId);
      const handle = await engine.start(workflow, {
        inputs,
        context,
        concurrency,
        ...(runId !== undefined && { runId }),
      });
      for (const problem of handle.problems) io.stderr.line(skippedCheckpoint(problem));
      const { id, version, steps } = definition;
      const what = `run ${shortId(handle.id)} of ${cleanLine(id)} ${cleanLine(version)}`;
      const where = `${shownPath(io, databasePath(io, options))}${chosen.note}`;
      const how =
        existing === undefined
          ? count(steps.length, "step")
          : `already exists, ${existing.status} at event ${existing.seq}: ` +
            `${count(existing.completedCount, "result")} kept`;
      return { handle, afterSeq: existing?.seq ?? 0, greeting: `${what}  ${how}  ${where}` };
    },
  });
}

/** How far a run has come; undefined when it does not exist. */
function progressOf(
  storage: StoragePort,
  runId: string,
): { status: string; seq: number; completedCount: number } | undefined {
  const run = storage.getRun(runId);
  if (run === undefined) return undefined;
  const { machine, seq } = RunReader.open(storage, runId).catchUp();
  return {
    status: run.status,
    seq,
    completedCount: Context.metrics(Machine.context(machine)).completedSteps,
  };
}
