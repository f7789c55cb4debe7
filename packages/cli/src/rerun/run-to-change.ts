import { isOwned, RunReader, type StoredRun } from "@automatosx/workflow";
import type { RunView } from "@automatosx/workflow/run-view";
import { announceWait } from "../announce-wait.js";
import type { RunControl } from "../backend/RunControl.js";
import { type DbOptions, openToRead, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { continueLine } from "../next/run-lines.js";
import { openControl } from "../open-control.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import type { AnswerOptions } from "../waiting/answer-run.js";

/** A run that a command changes, as it was before the change. */
export interface RunToChange {
  readonly run: StoredRun;
  readonly view: RunView;
}

/**
 * Reads a run that a command is about to change.
 *
 * @throws UsageError `run_not_resumable` for a run that has been completed or cancelled
 */
export async function readRunToChange(
  io: CliIo,
  id: string,
  options: AnswerOptions,
): Promise<RunToChange> {
  const run = await readRun(io, id, options);
  if (run.status === "completed" || (run.status === "cancelled" && !isOwned(run)))
    throw new UsageError(
      `Run ${shortId(run.runId)} is ${run.status}: it can no longer be changed.`,
      {
        code: "run_not_resumable",
        remedy: "Fork it: the fork is a new run that begins with its results and can be changed.",
        next: next("fork_run", run.status, { run: shortId(run.runId) }),
      },
    );
  return { run, view: await viewOf(io, run.runId, options) };
}

/** Folds the journal of a run. */
export async function viewOf(io: CliIo, runId: string, options: DbOptions): Promise<RunView> {
  using storage = await openToRead(io, options);
  return RunReader.open(storage, runId).catchUp().view;
}

/** Opens an engine without agents, which can preview and send a change but starts nothing. */
export async function withRunChanger<Result>(
  io: CliIo,
  { run }: Pick<RunToChange, "run">,
  options: AnswerOptions,
  use: (control: RunControl) => Promise<Result>,
): Promise<Result> {
  await using opened = await openControl(io, options);
  const { control } = opened;
  announceWait(messages(io, options), run, control.storage);
  return await use(control);
}

/** A recorded change, as text and as the document that `--json` prints. */
interface Recorded {
  readonly text: readonly string[];
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reports a recorded change, then resumes the run unless the options say otherwise. A run that
 * another process owns continues there.
 */
export async function reportChange(
  io: CliIo,
  { run: { runId } }: Pick<RunToChange, "run">,
  { text, document }: Recorded,
  options: AnswerOptions,
): Promise<ExitCode> {
  const out = messages(io, options);
  for (const line of text) out.line(line);
  if (options.json === true) io.stdout.json({ schemaVersion: SCHEMA_VERSION, runId, ...document });
  const owner = await ownerOf(io, runId, options);
  if (owner === undefined && options.resume !== false) {
    const { resume } = await import("../commands/resume.js");
    return resume(io, runId, { durability: "full", ...options });
  }
  using storage = await openToRead(io, options);
  const now = storage.getRun(runId);
  if (owner !== undefined) out.line(`Run ${shortId(runId)} continues in process ${owner}.`);
  if (now !== undefined) renderNext(out, continueLine(storage, now), options);
  return ExitCode.ok;
}

async function ownerOf(
  io: CliIo,
  runId: string,
  options: AnswerOptions,
): Promise<number | undefined> {
  using storage = await openToRead(io, options);
  const run = storage.getRun(runId);
  return run !== undefined && isOwned(run) ? run.owner?.pid : undefined;
}
