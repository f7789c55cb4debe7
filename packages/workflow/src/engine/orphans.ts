import type { StepInfo } from "../core/workflow-state-machine.js";
import { attemptKey } from "../journal/attempt-key.js";
import { mayBeAlive } from "../storage/process-identity.js";
import type { AgentProcess } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { EngineContext } from "./EngineContext.js";

/** The parts needed to end the work that orphaned attempts may have left running. */
export type OrphanSources = Pick<EngineContext, "agents" | "storage">;

/** Returns the attempts of a claimed run that were in flight when its last engine died. */
export function orphanedAttempts(run: ActiveRun): readonly StepInfo[] {
  return run.running();
}

/**
 * Ends the work that orphaned attempts left running: calls their agents with the recorded process
 * groups.
 */
export async function reclaimOrphans(
  run: ActiveRun,
  orphans: readonly StepInfo[],
  { agents, storage }: OrphanSources,
): Promise<void> {
  const recorded = orphans.length === 0 ? [] : storage.agentProcesses(run.runId);
  await Promise.all(
    orphans.map(async (step) => {
      const agent = agents.find(run.definition, step.agentId);
      if (typeof agent !== "object") return;
      const isOfAttempt = (one: AgentProcess): boolean =>
        one.stepId === step.id && one.attemptNumber === step.attemptNumber;
      const groups = recorded.filter((one) => isOfAttempt(one) && mayBeAlive(one));
      const pids = groups.map(({ pid }) => pid);
      await agent.reclaim?.(attemptKey(run, step.id, step.attemptNumber), pids);
    }),
  );
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
      error: "the engine that ran it is gone",
      reason: "interrupted",
      chance: chance(),
    });
  }
}
