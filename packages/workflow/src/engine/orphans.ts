import { ENGINE_GONE } from "@automatosx/run-view";
import { RunQueries, type StepInfo } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { attemptKey, attemptToken } from "../journal/attempt-key.js";
import { ignoreRejection, messageOf } from "../message-of.js";
import { mayBeAlive } from "../storage/process-identity.js";
import type { AgentProcess, RunOwner } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { EngineContext } from "./EngineContext.js";

/** The parts needed to end the work that orphaned attempts may have left running. */
export type OrphanSources = Pick<EngineContext, "agents" | "storage">;

/** Returns the attempts of a claimed run that were in flight when its last engine died. */
export function orphanedAttempts(run: ActiveRun): readonly StepInfo[] {
  return run.running();
}

/**
 * Returns the attempts of a claimed run whose steps were cancelled or timed out, but whose
 * processes may still be alive because the last engine died before it could stop them.
 */
export function unstoppedAttempts(
  run: ActiveRun,
  { storage }: Pick<OrphanSources, "storage">,
  previousOwner: RunOwner | undefined,
): readonly StepInfo[] {
  // A plain workflow stops no attempt while it continues, and an engine that lives stops its own.
  if (run.definition.language === undefined || previousOwner === undefined) return [];
  const { databaseId } = storage;
  const found = new Map<string, StepInfo>();
  for (const recorded of storage.agentProcesses(run.runId)) {
    const step = RunQueries.step(run.machine, recorded.stepId);
    if (step === undefined || !isStopped(step) || step.attemptNumber !== recorded.attemptNumber)
      continue;
    if (recorded.databaseId === databaseId && mayBeAlive(recorded)) found.set(step.id, step);
  }
  return [...found.values()];
}

function isStopped({ status, detail }: StepInfo): boolean {
  return status === "cancelled" || (status === "failed" && detail?.reason === "timeout");
}

/**
 * Ends the work that orphaned attempts left running: calls their agents with the recorded process
 * groups and the tokens that mark their processes. Processes that were recorded in another file, of
 * which this database is a copy, are left alone.
 *
 * @throws WorkflowError `invalid_argument` if an agent's `reclaim` throws, once all have settled
 */
export async function reclaimOrphans(
  run: ActiveRun,
  orphans: readonly StepInfo[],
  { agents, storage }: OrphanSources,
  previousOwner: RunOwner | undefined,
): Promise<void> {
  const { databaseId } = storage;
  const all = orphans.length === 0 ? [] : storage.agentProcesses(run.runId);
  const recorded = all.filter((one) => one.databaseId === databaseId);
  const reclaimed = await Promise.allSettled(
    orphans.map(async (step) => {
      const agent = agents.find(run.definition, step.agentId);
      if (typeof agent !== "object") return;
      const isOfAttempt = (one: AgentProcess): boolean =>
        one.stepId === step.id && one.attemptNumber === step.attemptNumber;
      const own = recorded.filter(isOfAttempt);
      const groups = own.filter(mayBeAlive).map(({ pid }) => pid);
      const key = attemptKey(run, step.id, step.attemptNumber);
      const tokens = tokensOf(key, own, { databaseId, previousOwner });
      try {
        await agent.reclaim?.(key, groups, tokens);
      } catch (error) {
        throw cannotReclaim(run, step, error);
      }
    }),
  );
  for (const result of reclaimed) if (result.status === "rejected") throw result.reason;
}

// The work may still be running, so the step must not be tried again.
function cannotReclaim(
  { runId }: ActiveRun,
  { id, agentId, attemptNumber }: StepInfo,
  cause: unknown,
): WorkflowError {
  ignoreRejection(cause);
  return new WorkflowError(
    "invalid_argument",
    `The agent \`${agentId}\` could not end what attempt ${attemptNumber} of step \`${id}\` left ` +
      `running: ${messageOf(cause)}.`,
    {
      runId,
      remedy:
        "Correct the agent's `reclaim`, or end that work yourself. A run that is not cancelled " +
        "can then be resumed.",
      suggestion: { action: "show_run", runId },
      cause,
    },
  );
}

// The previous owner may have started a process that it did not record any more.
function tokensOf(
  key: string,
  recorded: readonly AgentProcess[],
  {
    databaseId,
    previousOwner,
  }: { readonly databaseId: string; readonly previousOwner: RunOwner | undefined },
): readonly string[] | undefined {
  const isOld =
    recorded.some(({ token }) => token === undefined) ||
    (previousOwner !== undefined && previousOwner.machine === undefined);
  if (isOld) return undefined;
  const tokens = recorded.flatMap(({ token }) => token ?? []);
  if (previousOwner !== undefined)
    tokens.push(attemptToken(key, { databaseId, ownerId: previousOwner.ownerId }));
  return [...new Set(tokens)];
}

/**
 * Tells the run that its orphaned attempts are lost. Each is tried again without using up a retry.
 */
export function dropOrphans(
  run: ActiveRun,
  orphans: readonly StepInfo[],
  chance: () => number,
): void {
  for (const { id: stepId, attemptNumber } of orphans) {
    run.tell({
      type: "step_failed",
      stepId,
      attemptNumber,
      error: ENGINE_GONE,
      reason: "interrupted",
      chance: chance(),
    });
  }
}
