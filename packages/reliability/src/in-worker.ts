import { Worker } from "node:worker_threads";

/** Runs a module in a worker thread with `data`. Resolves to the single message that it posts. */
export function inWorker<T>(module: URL, data: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(new Error(`the worker exited with code ${code} before it reported`)),
    );
  });
}
