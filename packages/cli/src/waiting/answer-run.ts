import type { OpenQuestion } from "@automatosx/workflow/observe";
import { isOwned, RunReader, type StoredRun } from "@automatosx/workflow/observe";
import { announceWait } from "../announce-wait.js";
import { performedElsewhere } from "../backend/performed-elsewhere.js";
import type { RunControl } from "../backend/RunControl.js";
import { type DbOptions, openToRead, readRun } from "../database.js";
import type { DriveOptions } from "../drive-run.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { continueLine } from "../next/run-lines.js";
import { openControl } from "../open-control.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { asCoded, renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { findQuestion } from "./find-question.js";
import { isWaiting } from "./is-waiting.js";
import { pauseOf } from "./pause-of.js";

/** The flags of every command that answers. */
export interface AnswerOptions extends DbOptions, Partial<DriveOptions> {
  readonly agents?: string;
  readonly here?: boolean;
  /** False if the answer is only recorded, and the run is not resumed. */
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** A run that receives an answer or a signal. */
export interface ToldRun {
  readonly run: StoredRun;
  /** Why it was paused before; undefined if it was not paused. */
  readonly pausedFor: "waiting" | "budget" | "asked" | undefined;
}

/** Reads a run, and finds the open step that the user typed. */
export async function openStep(
  io: CliIo,
  id: string,
  wanted: Pick<Parameters<typeof findQuestion>[1], "word" | "kinds" | "refusal">,
  options: DbOptions,
): Promise<ToldRun & { readonly question: OpenQuestion }> {
  const run = await readRun(io, id, options);
  using storage = await openToRead(io, options);
  const { view } = RunReader.open(storage, run.runId).catchUp();
  const condition = conditionOf(run);
  const question = findQuestion(view, { runId: run.runId, condition, ...wanted }, storage);
  return { run, pausedFor: pauseOf(view)?.reason, question };
}

/** Reads a run. */
export async function readToldRun(io: CliIo, id: string, options: DbOptions): Promise<ToldRun> {
  const run = await readRun(io, id, options);
  using storage = await openToRead(io, options);
  return { run, pausedFor: pauseOf(RunReader.open(storage, run.runId).catchUp().view)?.reason };
}

/** Sends something to a run through an engine without agents, which starts nothing. */
export async function tellRun(
  io: CliIo,
  { run }: ToldRun,
  options: AnswerOptions,
  tell: (control: RunControl) => Promise<unknown>,
): Promise<void> {
  await using opened = await openControl(io, options);
  const { control } = opened;
  announceWait(messages(io, options), run, control.storage);
  await tell(control);
}

/** What has been recorded, in words and as a document. */
interface Recorded {
  readonly text: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reports what has been recorded. A run that paused itself to wait is then resumed, unless the user
 * asked only to record; a run that a person paused, or that has used up its budget, stays paused.
 */
export async function reportTold(
  io: CliIo,
  { run, pausedFor }: ToldRun,
  { text, document }: Recorded,
  options: AnswerOptions,
): Promise<ExitCode> {
  const { runId } = run;
  const out = messages(io, options);
  out.line(text);
  if (options.json === true) io.stdout.json({ schemaVersion: SCHEMA_VERSION, runId, ...document });
  if (pausedFor === "waiting" && options.resume !== false) {
    const remote = performedElsewhere(io, options);
    if (remote !== undefined) {
      const { continueRemotely } = await import("../backend/resume-remotely.js");
      const entryType = String(document["type"]);
      return continueRemotely(io, { remote, run, entryType }, { durability: "full", ...options });
    }
    const exitCode = await resumeIfWaiting(io, runId, options);
    if (exitCode !== undefined) return exitCode;
  }
  using storage = await openToRead(io, options);
  const now = storage.getRun(runId) ?? run;
  out.line(whatFollows(now, pausedFor));
  const line = isOwned(now)
    ? next("follow_run", "running", { run: shortId(runId) })
    : continueLine(storage, now);
  renderNext(out, line, options);
  return ExitCode.ok;
}

/** Resumes the run; undefined if another process has resumed or ended it in the meantime. */
async function resumeIfWaiting(
  io: CliIo,
  runId: string,
  options: AnswerOptions,
): Promise<ExitCode | undefined> {
  if (!isWaiting(await storedNow(io, runId, options))) return undefined;
  const { resume } = await import("../commands/resume.js");
  try {
    return await resume(io, runId, { durability: "full", ...options });
  } catch (error) {
    const { code } = asCoded(error);
    if (code !== "run_owned_elsewhere" && code !== "run_not_resumable") throw error;
    const now = await storedNow(io, runId, options);
    if (isWaiting(now) && !isOwned(now)) throw error;
    return undefined;
  }
}

async function storedNow(
  io: CliIo,
  runId: string,
  options: AnswerOptions,
): Promise<StoredRun | undefined> {
  using storage = await openToRead(io, options);
  return storage.getRun(runId);
}

function whatFollows(run: StoredRun, pausedFor: ToldRun["pausedFor"]): string {
  const id = shortId(run.runId);
  if (isOwned(run)) return `Run ${id} continues in process ${run.owner?.pid ?? "?"}.`;
  if (run.status !== "paused" && run.status !== "running") return `Run ${id} is ${run.status}.`;
  switch (pausedFor) {
    case "asked":
      return `Run ${id} stays paused, because a person paused it.`;
    case "budget":
      return `Run ${id} stays paused, because its budget is used up.`;
    default:
      return `Run ${id} was not resumed.`;
  }
}
