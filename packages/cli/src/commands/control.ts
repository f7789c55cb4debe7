import { processAgent } from "@automatosx/agents";
import { WorkflowEngine } from "@automatosx/workflow";
import { announceWait } from "../announce-wait.js";
import { axw } from "../command.js";
import { type DbOptions, existingDatabase, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { resumeCommand, storedSteps } from "../resume-command.js";

/** Pauses a run, no matter which process owns it. */
export async function pause(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  const run = await readRun(io, id, options);
  const { runId } = run;
  await using engine = await WorkflowEngine.open({
    database: existingDatabase(io, options),
    create: false,
  });
  announceWait(messages(io), run);
  await engine.pause(runId);
  io.stdout.line(`Run ${shortId(runId)} is paused: no new steps start, and running steps finish.`);
  const next = resumeCommand(runId, storedSteps(engine.storage, runId));
  renderNext(messages(io), next, options);
  return ExitCode.ok;
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
  await using engine = await WorkflowEngine.open({
    database: existingDatabase(io, options),
    create: false,
    agents: { "*": reclaimer },
    agentFactory: () => reclaimer,
  });
  announceWait(messages(io), run);
  await engine.cancel(runId, reason === undefined ? {} : { reason });
  io.stdout.line(
    `Run ${shortId(runId)} is cancelled and cannot be resumed; ` +
      "its running agents are being stopped.",
  );
  renderNext(messages(io), axw("show", shortId(runId)), options);
  return ExitCode.ok;
}
