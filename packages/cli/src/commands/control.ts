import { sweepDescendants } from "@automatosx/agents";
import { DEFAULT_GRACE_MS } from "@automatosx/schemas";
import { attemptKey, WorkflowEngine } from "@automatosx/workflow";
import { type DbOptions, findRun, mustExist } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { ownerState } from "../owner-state.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/words.js";

/** Pauses a run, whichever process works on it. */
export async function pause(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  await using engine = await WorkflowEngine.open({ database: mustExist(io, options) });
  const { runId } = findRun(engine.storage, id);
  await engine.pause(runId);
  io.stdout.line(
    `Run ${shortId(runId)} is paused: nothing new starts, and running steps may finish.`,
  );
  renderNext(talkOf(io), `axw resume ${shortId(runId)}${dbFlag(options)}`);
  return ExitCode.ok;
}

/** Ends a run for good, whichever process works on it. What a process that died left running is ended too. */
export async function cancel(io: CliIo, id: string, options: DbOptions): Promise<ExitCode> {
  await using engine = await WorkflowEngine.open({ database: mustExist(io, options) });
  const { storage } = engine;
  const run = findRun(storage, id);
  const { runId } = run;
  const orphans =
    ownerState(run) === "gone"
      ? storage.listAttempts(runId).filter(({ status }) => status === "running")
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
    `Run ${shortId(runId)} is cancelled, for good; its running agents are being stopped.`,
  );
  renderNext(talkOf(io), `axw show ${shortId(runId)}${dbFlag(options)}`);
  return ExitCode.ok;
}
