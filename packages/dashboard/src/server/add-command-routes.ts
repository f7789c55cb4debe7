import { randomUUID } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { WorkflowError } from "@automatosx/workflow/errors";
import { findRun, isOwned, type StoragePort } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import type { Accepted } from "../api/house.schema.js";
import { answer } from "./answer.js";
import type { DashboardOptions, Launched, RunControl, SentCommand } from "./DashboardOptions.js";
import { failedSteps } from "./failed-steps.js";
import type { Reading } from "./Reading.js";
import { RefusedRequest } from "./RefusedRequest.js";

/** Adds the routes that change runs. Nothing is executed here: see `RunControl`. */
export function addCommandRoutes(app: Hono, { options, readers }: Reading): void {
  const { storage, control } = options;
  const found = (part: string): string => findRun(storage, part).runId;
  const send = (part: string, command: SentCommand): Promise<Accepted> =>
    sendTo(options, found(part), command);

  answer(app, "pause", ({ params, body }) =>
    send(params.run, {
      verb: "pause",
      ...(body.stopAgents !== undefined && { stopAgents: body.stopAgents }),
    }),
  );
  answer(app, "cancel", ({ params, body }) =>
    send(params.run, {
      verb: "cancel",
      ...(body.reason !== undefined && { reason: body.reason }),
    }),
  );
  answer(app, "checkpoint", ({ params, body }) =>
    send(params.run, {
      verb: "checkpoint",
      ...(body.name !== undefined && { name: body.name }),
    }),
  );
  answer(app, "resume", ({ params }) => resume(options, found(params.run)));
  answer(app, "retry", async ({ params, body }) => {
    const runId = found(params.run);
    const { steps, downstream } = body;
    // Resuming a failed run performs exactly its failed steps again.
    if (steps === "failed" && findRun(storage, runId).status === "failed")
      return resume(options, runId);
    const stepIds = steps === "failed" ? failedSteps(readers.latest(runId).view) : steps;
    if (stepIds.length === 0)
      throw new WorkflowError("event_refused", `No step of run ${runId} has failed.`, {
        runId,
        remedy: "Name the steps to perform again.",
      });
    await sendTo(options, runId, {
      verb: "reopen",
      stepIds,
      ...(downstream !== undefined && { downstream }),
    });
    return isOwned(findRun(storage, runId)) ? accepted(storage, runId) : resume(options, runId);
  });
  answer(app, "restore", async ({ params, body }) => {
    const runId = found(params.run);
    const { checkpointId } = body;
    if (storage.getCheckpoint(checkpointId)?.runId !== runId)
      throw new WorkflowError(
        "checkpoint_not_found",
        `Run ${runId} has no checkpoint ${JSON.stringify(checkpointId)}.`,
        { runId, remedy: "List the checkpoints of the run." },
      );
    acceptedOrThrow(runId, await control.launch({ verb: "restore", runId, checkpointId }));
    return accepted(storage, runId);
  });
  answer(app, "fork", async ({ params, body }) => {
    const { checkpointId: checkpoint } = body;
    const made = await control.fork(found(params.run), {
      ...(checkpoint !== undefined && { checkpoint }),
    });
    return accepted(storage, made);
  });
  answer(app, "startRun", async ({ body }) => {
    const { workflow, inputs = {}, runId = randomUUID() } = body;
    const file = fileWithin(options.folder, workflow);
    const launched = await control.launch({ verb: "run", file, inputs, runId });
    // The same start was sent before: another one with this id is refused as `run_exists`.
    const isStarted = !launched.ok && launched.code === "run_owned_elsewhere";
    if (!isStarted) acceptedOrThrow(runId, launched);
    return accepted(storage, runId);
  });
}

/** Sends a command to a run, and returns once its event is in the journal. */
async function sendTo(
  { storage, control }: Pick<DashboardOptions, "storage" | "control">,
  runId: string,
  command: SentCommand,
): Promise<Accepted> {
  acceptedOrThrow(runId, await control.send(runId, command));
  return accepted(storage, runId);
}

/** Resumes a run in a process of its own, or asks its owner to. */
async function resume(options: DashboardOptions, runId: string): Promise<Accepted> {
  const { storage, control } = options;
  acceptedOrThrow(runId, await control.launch({ verb: "resume", runId }));
  return accepted(storage, runId);
}

function accepted(storage: StoragePort, runId: string): Accepted {
  const run = storage.getRun(runId);
  return { runId, ...(run !== undefined && { seq: run.journalSeq }) };
}

function acceptedOrThrow(
  runId: string,
  outcome: Launched | Awaited<ReturnType<RunControl["send"]>>,
): void {
  if (outcome.ok) return;
  const { code, message, remedy } = outcome;
  throw new WorkflowError(code, message, {
    runId,
    ...(remedy !== undefined && { remedy }),
  });
}

/**
 * Returns the absolute path of a file below the served folder, also if links lead to it.
 *
 * @throws RefusedRequest 400 if it is elsewhere, 404 if there is none
 */
export function fileWithin(folder: string, given: string): string {
  const path = resolve(folder, given);
  // Looked at only if it is inside: nothing is said about files elsewhere.
  if (!isInside(folder, path)) throw outside(given);
  if (!existsSync(path))
    throw new RefusedRequest(404, {
      code: "not_found",
      message: `The file ${JSON.stringify(given)} does not exist.`,
      remedy: "Give the path of a workflow file below the served folder.",
    });
  const real = realpathSync(path);
  if (!isInside(realpathSync(folder), real)) throw outside(given);
  return real;
}

function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

function outside(given: string): RefusedRequest {
  return RefusedRequest.body(`The file ${JSON.stringify(given)} is not below the served folder.`);
}
