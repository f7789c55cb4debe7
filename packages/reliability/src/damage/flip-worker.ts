import { parentPort, workerData } from "node:worker_threads";
import { type FlipsRequest, flipBits } from "./flip-bits.ts";

parentPort?.postMessage(await flipBits(workerData as FlipsRequest), []);
