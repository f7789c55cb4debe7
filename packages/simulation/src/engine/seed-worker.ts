import { parentPort, workerData } from "node:worker_threads";
import { runShare, type ThreadData, type ThreadMessage } from "./run-share.js";

// A thread of `simulateSeeds`: runs its share and reports its progress.
if (parentPort !== null) {
  const port = parentPort;
  const send = (message: ThreadMessage): void => port.postMessage(message);
  const { share, stopFlag } = workerData as ThreadData;
  const isStopped = (): boolean => Atomics.load(stopFlag, 0) !== 0;
  send({ totals: await runShare(share, (doneCount) => send({ doneCount }), isStopped) });
}
