import type { AgentPort } from "../agents/AgentPort.js";
import { sweepDescendants } from "./sweep-descendants.js";

/**
 * Returns how an agent ends the processes of orphaned attempts: those in the recorded groups and
 * those marked with a token. See `AgentPort.reclaim`.
 */
export function reclaimAfter(graceMs: number): NonNullable<AgentPort["reclaim"]> {
  return async (idempotencyKey, processGroups, tokens) => {
    const marks = { idempotencyKey, ...(tokens !== undefined && { tokens }) };
    for (const groupId of processGroups) await sweepDescendants({ ...marks, groupId }, graceMs);
    if (processGroups.length === 0 && tokens?.length !== 0) await sweepDescendants(marks, graceMs);
  };
}
