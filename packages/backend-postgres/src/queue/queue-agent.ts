import { type AgentRequest, type LogStream, systemPorts } from "@automatosx/workflow";
import type { RemoteAgent, StopSignal } from "@automatosx/workflow/drive";
import type { QueueAgentOptions } from "./AttemptQueue.js";
import { answerOfOutcome, unrendered } from "./answer-of-outcome.js";
import { QueuedAttempt, type QueueParts } from "./QueuedAttempt.js";
import { jobIdOf, queueOfAgent } from "./queue-names.js";
import { JOB_SCHEMA } from "./queue-tables.js";
import { stopJob } from "./stop-job.js";

/** How long a stopped agent may take before it is abandoned, in ms. */
const ABANDON_AFTER_MS = 30_000;

/**
 * Makes the agent that has its attempts performed by workers of the queue. With the id `*`, it
 * serves the steps of every agent.
 */
export function queueAgent(
  parts: QueueParts,
  agentId: string,
  { sessions = false, stopMs = ABANDON_AFTER_MS }: QueueAgentOptions,
): RemoteAgent {
  return {
    resumes: true,
    sessions,
    stopMs,
    description:
      agentId === "*" ? "performed by workers of a queue" : `performed by workers for ${agentId}`,
    performAttempt(request, options) {
      const abandonAfterMs = Math.max(options.abandonAfterMs, stopMs);
      return new QueuedAttempt(parts, request, options, abandonAfterMs).perform();
    },
    async execute(request) {
      const { signal, log } = request;
      const { clock } = systemPorts;
      const options = {
        ...{ clock, signal: stopSignalOf(signal), abandonAfterMs: stopMs },
        log: (text: string, stream: LogStream) => log(text, stream),
        ...(request.effectKey !== undefined && { effectKey: () => request.effectKey }),
      };
      const attempt = new QueuedAttempt(parts, unrendered(request), options, stopMs);
      const outcome = await attempt.perform();
      signal.throwIfAborted();
      return answerOfOutcome(outcome);
    },
    async reclaim(idempotencyKey) {
      const jobId = jobIdOf(idempotencyKey);
      const queue = agentId === "*" ? await queueOfJob(parts, jobId) : queueOfAgent(agentId);
      if (queue === undefined) return;
      const hasBegun = await stopJob(parts.database, { jobId, queue, reason: "cancelled" });
      if (hasBegun) await untilEnded(parts, { jobId, queue }, stopMs);
    },
  };
}

/** The signal of an `AgentRequest` names its reason by the name of an error. */
function stopSignalOf(signal: AgentRequest["signal"]): StopSignal {
  return {
    get aborted() {
      return signal.aborted;
    },
    get reason() {
      const { name } = (signal.reason ?? {}) as { readonly name?: string };
      return name === "ReleaseError" ? "released" : "interrupted";
    },
    addEventListener: (type, listener) => signal.addEventListener(type, listener),
    removeEventListener: (type, listener) => signal.removeEventListener(type, listener),
  };
}

async function queueOfJob({ database }: QueueParts, jobId: string): Promise<string | undefined> {
  const queues = (await database.agentsWithQueues()).map(queueOfAgent);
  const [job] = await database.query<{ readonly name: string }>(
    `SELECT name FROM ${JOB_SCHEMA}.job WHERE name = ANY($1) AND id = $2`,
    [queues, jobId],
  );
  return job?.name;
}

/** Settles when the attempt has ended; it is abandoned after `limitMs`. */
async function untilEnded(
  { database, follower }: QueueParts,
  { jobId, queue }: { readonly jobId: string; readonly queue: string },
  limitMs: number,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  follower.follow({
    jobId,
    queue,
    stepKey: jobId,
    log: () => undefined,
    ended: () => ended.resolve(),
  });
  const timer = setTimeout(() => {
    database.boss.cancel(queue, jobId).then(() => ended.resolve(), ended.reject);
  }, limitMs);
  await ended.promise.finally(() => clearTimeout(timer));
}
