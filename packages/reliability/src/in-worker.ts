import { Worker } from "node:worker_threads";

/** Has a module work in a thread of its own on `data`; settles with the one message that it posts. */
export function inWorker<T>(module: URL, data: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended with ${code} and no report`)));
  });
}
