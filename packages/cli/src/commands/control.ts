import { processAgent } from "@automatosx/agents";
import { isOwned, type StoragePort, type StoredRun } from "@automatosx/workflow";
import { announceWait } from "../announce-wait.js";
import { runningSteps } from "../await-rest.js";
import { type DbOptions, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { handlersLeft, handlersLeftText, linesForHandlers } from "../next/handlers-left.js";
import { resumeLine, storedSteps } from "../next/run-lines.js";
import { openControl } from "../open-control.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { count } from "../render/words.js";
import { namesOf } from "../simulation-note.js";

/** Pauses a run, no matter which process owns it. */
export async function pause(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  const run = await readRun(io, id, options);
  const { runId } = run;
  await using opened = await openControl(io, options);
  const { control } = opened;
  announceWait(messages(io), run, control.storage);
  await control.pause(runId);
  const { storage } = control;
  const paused = storage.getRun(runId);
  const isPausing = paused !== undefined && isAtWork(storage, paused);
  io.stdout.line(isPausing ? pausingText(storage, runId) : pausedText(runId));
  const steps = storedSteps(storage, runId);
  const condition = isPausing ? "pausing" : "paused";
  renderNext(messages(io), resumeLine({ runId, condition, steps }), options);
  return ExitCode.ok;
}

/** Whether steps of a paused run still finish. Of a copy, no process is known that owns it. */
function isAtWork(storage: StoragePort, run: StoredRun): boolean {
  if (run.backend === undefined) return isOwned(run);
  return runningSteps(storage, run.runId).length > 0;
}

function pausedText(runId: string): string {
  return `Run ${shortId(runId)} is paused.`;
}

function pausingText(storage: StoragePort, runId: string): string {
  const running = runningSteps(storage, runId);
  const verb = running.length === 1 ? "finishes" : "finish";
  const steps =
    running.length === 0
      ? "running steps finish"
      : `${count(running.length, "running step")} ${verb} (${namesOf(running)})`;
  return `Run ${shortId(runId)} is pausing: no new steps start, and ${steps}.`;
}

/**
 * Cancels a run, no matter which process owns it. Agents that a dead owner left running are also
 * ended.
 */
export async function cancel(
  io: CliIo,
  id: string,
  { reason, ...options }: DbOptions & { readonly reason?: string },
): Promise<ExitCode> {
  const run = await readRun(io, id, options);
  const { runId } = run;
  // Runs no program: it only ends those that a dead owner left running.
  const reclaimer = processAgent({ command: ["true"] });
  await using opened = await openControl(io, options, {
    agents: { "*": reclaimer },
    agentFactory: () => reclaimer,
  });
  const { control } = opened;
  announceWait(messages(io), run, control.storage);
  await control.cancel(runId, reason === undefined ? {} : { reason });
  const { text, lines } = afterCancel(control.storage, runId);
  io.stdout.line(text);
  for (const line of lines) renderNext(messages(io), line, options);
  return ExitCode.ok;
}

/** What a cancelled run still does, and the commands to suggest next. */
function afterCancel(
  storage: StoragePort,
  runId: string,
): { readonly text: string; readonly lines: readonly NextLine[] } {
  const run = shortId(runId);
  const stored = storage.getRun(runId);
  const left = stored === undefined ? [] : handlersLeft(storage, stored);
  if (left.length > 0)
    return {
      text: `Run ${run} is cancelled, but ${handlersLeftText(left)}.`,
      lines: linesForHandlers(left),
    };
  if (stored?.status !== "running")
    return {
      text: `Run ${run} is cancelled and cannot be resumed; its running agents are being stopped.`,
      lines: [next("show_run", "cancelled", { run })],
    };
  if (isOwned(stored))
    return {
      text: `Run ${run} is being cancelled: its agents are stopped, then its on.always runs.`,
      lines: [next("follow_run", "running", { run })],
    };
  return {
    text: `Run ${run} is cancelled, but its on.always has not run yet.`,
    lines: [next("run_handlers", "cancelled", { run })],
  };
}
