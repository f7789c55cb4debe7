/** Runs of the AutomatosX workflow engine on PostgreSQL, with attempts spread by a queue. */

export { openPostgresStorage, type PostgresOptions } from "./storage/open-postgres-storage.js";
export type { PostgresStorage } from "./storage/PortOnPostgres.js";
export { hidePassword } from "./storage/connection/server-url.js";
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
