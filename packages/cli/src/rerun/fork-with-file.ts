import type { ForkOptions, PreparedWorkflow, RunSummary } from "@automatosx/workflow";
import type { StoredRun } from "@automatosx/workflow/observe";
import type { RerunPlan } from "@automatosx/workflow/run-view";
import { placeOfStart } from "../backend/place-of-start.js";
import type { Command } from "../command.js";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import { placeOfNewRun } from "../run-place.js";
import { pathOf } from "../workflow-file.js";
import { withAgents } from "./with-agents.js";

/** A fork that continues with a workflow file. */
interface FileFork {
  readonly run: StoredRun;
  /** The path as it was typed. */
  readonly file: string;
  /** The command that was typed, without `--agents`. */
  readonly command: Command;
  /** What the file contains. */
  readonly workflow: PreparedWorkflow;
  /** The part of it with which the fork continues; by default all of it. */
  readonly part?: PreparedWorkflow;
  readonly about: Pick<ForkOptions, "checkpoint" | "inputs" | "runId">;
  /** The verdict of each step. */
  readonly rerun?: RerunPlan;
  /** Steps to perform again even if their requests are the same. */
  readonly reopened?: readonly string[];
  /** Whether the steps that depend on those are performed again too. */
  readonly downstream?: boolean;
}

/** Forks a run with a workflow file, whose agents are checked as for a new run. */
export function forkWithFile(
  io: CliIo,
  { run, file, command, workflow, about, rerun, ...fork }: FileFork,
  options: DbOptions & { readonly agents?: string },
): Promise<RunSummary> {
  const { part = workflow, reopened = [], downstream = false } = fork;
  const path = pathOf(io, file);
  const wanted = {
    workflow: part,
    place: placeOfNewRun(io, path),
    command,
    file,
    source: workflow,
    rerun,
  };
  return withAgents(io, wanted, options, async (control, { agentsFile }) => {
    const place = placeOfStart(io, options, path, agentsFile);
    const forked = await control.fork(run.runId, {
      ...about,
      source: part,
      startedFrom: place,
    });
    if (reopened.length > 0) await control.reopen(forked.runId, reopened, { downstream });
    return forked;
  });
}
