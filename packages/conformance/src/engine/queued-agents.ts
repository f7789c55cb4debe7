import { type AttemptQueue, openAttemptQueue } from "@automatosx/backend-postgres";
import type { AgentPort } from "@automatosx/workflow";
import type { EngineSettings } from "./engine-settings.ts";

/** How much of the limit one process may use: so much that two exceed it, and one cannot reach it. */
const SLOT_SHARE = 0.8;

/** The agents of an engine whose attempts are performed by the workers of a queue. */
export interface QueuedAgents {
  readonly agents: Readonly<Record<string, AgentPort>>;
  readonly queue: AttemptQueue;
}

/**
 * Opens the queue in the database of a process, and serves its attempts in this process too.
 * `heldLimit` is the limit that the process keeps; with a planted fault, it keeps none.
 */
export async function queuedAgents(
  { place, agents: ids, agentLimit }: Pick<EngineSettings, "place" | "agents" | "agentLimit">,
  agent: AgentPort,
  heldLimit: number | undefined,
): Promise<QueuedAgents> {
  if (place.kind !== "postgres") throw new Error("only a PostgreSQL database has a queue");
  const queue = await openAttemptQueue({ url: place.url });
  await queue.serve({
    agents: Object.fromEntries(ids.map((id) => [id, agent])),
    slots: Math.ceil((agentLimit ?? 1) * SLOT_SHARE),
    ...(heldLimit !== undefined && { maxConcurrent: { worker: heldLimit } }),
  });
  return { queue, agents: Object.fromEntries(ids.map((id) => [id, queue.agentFor(id)])) };
}
