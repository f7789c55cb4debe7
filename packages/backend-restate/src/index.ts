/** Runs of the AutomatosX workflow engine on Restate. */
export { RestateBackend, type RestateBackendOptions } from "./client/RestateBackend.js";
export {
  type RestateWorker,
  type RestateWorkerOptions,
  serveRestateWorker,
} from "./worker/RestateWorker.js";
