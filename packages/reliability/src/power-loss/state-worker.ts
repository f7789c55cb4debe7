import { parentPort, workerData } from "node:worker_threads";
import { checkStates, type StatesRequest } from "./check-states.ts";

const request = workerData as StatesRequest;
// A worker receives each Buffer as a plain Uint8Array.
const calls = request.recording.calls.map((call) =>
  call.call === "write" ? { ...call, bytes: Buffer.from(call.bytes) } : call,
);
const recording = { calls, final: Buffer.from(request.recording.final) };
parentPort?.postMessage(await checkStates({ ...request, recording }), []);
