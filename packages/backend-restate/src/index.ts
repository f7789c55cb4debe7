/** Runs of the AutomatosX workflow engine on Restate. */
export type { BackendCheck, CheckedDeployment } from "./client/check-server.js";
export type { LogPieces, LogsQuery } from "./wire.js";
export { type Pulled, pullReplica } from "./client/pull-replica.js";
export { RestateBackend, type RestateBackendOptions } from "./client/RestateBackend.js";
export {
  type RestateWorker,
  type RestateWorkerOptions,
  serveRestateWorker,
} from "./worker/RestateWorker.js";
