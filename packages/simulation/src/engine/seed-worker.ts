import { parentPort, workerData } from "node:worker_threads";
import { runShare, type ThreadData } from "./simulate-seeds.js";

// A thread of `simulateSeeds`: does its share and tells how it gets on.
if (parentPort !== null) {
  const port = parentPort;
  const { share, stopFlag } = workerData as ThreadData;
  const isStopped = (): boolean => Atomics.load(stopFlag, 0) !== 0;
  port.postMessage({
    totals: await runShare(share, (doneCount) => port.postMessage({ doneCount }), isStopped),
  });
}
