import type { WorkflowDefinition } from "@automatosx/schemas";
import { type BudgetLimits, WorkflowError } from "@automatosx/workflow";
import { isOwned, type StoredRun } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { printedPlace } from "../database.js";
import { driveRemote } from "../drive-remote.js";
import type { DriveOptions } from "../drive-run.js";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { keptOutcomes } from "../render/kept-outcomes.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import type { RemoteBackend } from "./backend-url.js";
import type { RemoteRuns } from "./RunControl.js";
import { requirePerformers } from "./require-performers.js";

interface ResumedRun {
  readonly remote: RemoteBackend;
  readonly run: StoredRun;
  /** The id of the child run that was typed, if it continues with `run`. */
  readonly typed: string | undefined;
  readonly checkpointId: string | undefined;
  readonly definition: WorkflowDefinition;
  /** Limits that the run gets first. */
  readonly budget: BudgetLimits | undefined;
}

/** Lets workers continue a run, and shows it. */
export async function resumeRemotely(
  io: CliIo,
  { remote, run, typed, checkpointId, definition, budget }: ResumedRun,
  options: DriveOptions,
): Promise<ExitCode> {
  await requirePerformers(io, remote, { workflow: { definition } }, options);
  const { runId, journalSeq } = run;
  const what = `resuming run ${shortId(runId)} of ${cleanLine(run.workflowId)}`;
  return driveRemote({
    io,
    options,
    remote,
    createsDatabase: false,
    async begin(runs) {
      if (budget !== undefined) await runs.control.raiseBudget(typed ?? runId, budget);
      if (checkpointId === undefined) await letContinue(runs, runId);
      else await restore(runs, remote, runId, checkpointId);
      const from =
        checkpointId === undefined
          ? (view: RunView): string => `event ${journalSeq}: ${keptOutcomes(view)}`
          : (): string => `checkpoint ${shortId(checkpointId)}`;
      return {
        runId,
        afterSeq: journalSeq,
        greeting: (view) => `${what} at ${from(view)}  ${printedPlace(io, options)}`,
      };
    },
  });
}

/** A run that has received an answer or a signal, and may continue. */
interface ToldRun {
  readonly remote: RemoteBackend;
  readonly run: StoredRun;
  /** The type of the entry with which the run recorded it. */
  readonly entryType: string;
}

/** Lets workers continue a run that has received what it waited for, and shows it. */
export function continueRemotely(
  io: CliIo,
  { remote, run, entryType }: ToldRun,
  options: DriveOptions,
): Promise<ExitCode> {
  const { runId, workflowId, journalSeq } = run;
  const what = `resuming run ${shortId(runId)} of ${cleanLine(workflowId)}`;
  return driveRemote({
    io,
    options,
    remote,
    createsDatabase: false,
    async begin(runs) {
      // A worker may have continued it already, and it may have failed since: then it must not be
      // resumed again.
      if (runs.control.storage.getRun(runId)?.status === "paused")
        await runs.send(runId, { verb: "resume" });
      const entries = runs.control.storage.readJournal(runId, journalSeq);
      const told = [...entries].find(({ type }) => type === entryType);
      const afterSeq = told?.seq ?? journalSeq;
      return {
        runId,
        afterSeq,
        greeting: (view) =>
          `${what} at event ${afterSeq}: ${keptOutcomes(view)}  ${printedPlace(io, options)}`,
      };
    },
  });
}

/** Lets a worker continue the run, unless one has already begun to. */
async function letContinue(runs: RemoteRuns, runId: string): Promise<void> {
  const outcome = await runs.send(runId, { verb: "resume" });
  if (outcome.ok) return;
  const now = runs.control.storage.getRun(runId);
  if (now !== undefined && now.status === "running" && isOwned(now)) return;
  const { code, message, remedy } = outcome;
  throw new WorkflowError(code, message, remedy === undefined ? {} : { remedy });
}

async function restore(
  runs: RemoteRuns,
  remote: RemoteBackend,
  runId: string,
  checkpointId: string,
): Promise<void> {
  if (runs.restore === undefined) throw notRestorable(remote);
  const outcome = await runs.restore(runId, checkpointId);
  if (!outcome.ok) throw new WorkflowError(outcome.code, outcome.message);
}

function notRestorable({ shown }: RemoteBackend): UsageError {
  return new UsageError(`The workers of ${shown} restore no checkpoint.`, {
    remedy:
      "Restore it in this process with --local, or fork the run at it (`axw fork RUN --at …`).",
  });
}
