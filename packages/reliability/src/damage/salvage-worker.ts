import { parentPort, workerData } from "node:worker_threads";
import { damageAndSalvage, type SalvagesRequest } from "./damage-and-salvage.ts";

parentPort?.postMessage(damageAndSalvage(workerData as SalvagesRequest), []);
