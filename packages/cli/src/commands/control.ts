import { sweepDescendants } from "@automatosx/agents";
import { DEFAULT_GRACE_MS } from "@automatosx/schemas";
import { attemptKey, WorkflowEngine } from "@automatosx/workflow";
import { axw } from "../command.js";
import { type DbOptions, existingDatabase, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { ownerState } from "../owner-state.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";

/** Pauses a run, no matter which process owns it. */
export async function pause(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  const { runId } = await readRun(io, id, options);
  await using engine = await WorkflowEngine.open({
    database: existingDatabase(io, options),
    create: false,
  });
  await engine.pause(runId);
  io.stdout.line(`Run ${shortId(runId)} is paused: no new steps start, and running steps finish.`);
  renderNext(messages(io), axw("resume", shortId(runId)), options);
  return ExitCode.ok;
}

/**
 * Cancels a run, no matter which process owns it. Agents that a dead owner left running are also
 * ended.
 */
export async function cancel(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  const run = await readRun(io, id, options);
  const { runId } = run;
  await using engine = await WorkflowEngine.open({
    database: existingDatabase(io, options),
    create: false,
  });
  const orphans =
    ownerState(run) === "gone"
      ? (await engine.reading.attempts(runId)).filter(({ status }) => status === "running")
      : [];
  await engine.cancel(runId);
  await Promise.all(
    orphans.map(({ stepId, attemptNumber }) =>
      sweepDescendants(
        { idempotencyKey: attemptKey(run, stepId, attemptNumber) },
        DEFAULT_GRACE_MS,
      ),
    ),
  );
  io.stdout.line(
    `Run ${shortId(runId)} is cancelled and cannot be resumed; ` +
      "its running agents are being stopped.",
  );
  renderNext(messages(io), axw("show", shortId(runId)), options);
  return ExitCode.ok;
}
