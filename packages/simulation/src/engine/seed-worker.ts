import { parentPort, workerData } from "node:worker_threads";
import { runShare } from "./simulate-seeds.js";

// A thread of `simulateSeeds`: does its share, tells how it gets on, and stops early when it is asked to.
const port = parentPort;
if (port !== null) {
  const stopped = new AbortController();
  port.once("message", () => stopped.abort());
  const totals = await runShare(workerData, (doneCount) => port.postMessage({ doneCount }), stopped.signal);
  port.postMessage({ totals });
  port.close();
}
