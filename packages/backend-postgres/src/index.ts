/** Runs of the AutomatosX workflow engine on PostgreSQL, with attempts spread by a queue. */

export type {
  AttemptQueue,
  AttemptQueueOptions,
  QueueAgentOptions,
} from "./queue/AttemptQueue.js";
export type { AttemptName } from "./queue/attempt-job.js";
export {
  listWorkers,
  type Queryable,
  registerWorker,
  type WorkerInfo,
  type WorkerOffer,
  type WorkerRegistration,
} from "./queue/workers.js";
export type { AttemptPhase, QueueWorker, ServeOptions } from "./queue/QueueWorker.js";
export { openAttemptQueue } from "./queue/open-attempt-queue.js";
