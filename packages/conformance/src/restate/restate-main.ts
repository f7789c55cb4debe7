// A process with one worker for a Restate server.
import { serveRestateWorker } from "@automatosx/backend-restate";
import { openSqliteStorage } from "@automatosx/workflow";
import { dyingStorage } from "../engine/dying-storage.ts";
import { answerRequests } from "../harness/answer-requests.ts";
import { notingAgent } from "../harness/noting-agent.ts";
import { peakMemory } from "../harness/peak-memory.ts";
import type { WorkerSettings } from "./restate-settings.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as WorkerSettings;
const { name, log, port, advertise, adminUrl, ingressUrl } = settings;
const { register, agents, slots, graceMs } = settings;
const { storage: sink, dieAt } = dyingStorage(openSqliteStorage({ path: settings.sink }));
const agent = notingAgent(log, name);
const worker = await serveRestateWorker({
  agents: Object.fromEntries(agents.map((id) => [id, agent])),
  listen: `127.0.0.1:${port}`,
  ...{ advertise, adminUrl, ingressUrl, register },
  sink,
  ...(slots !== undefined && { slots: Object.fromEntries(agents.map((id) => [id, slots])) }),
  ...(graceMs !== undefined && { graceMs }),
  onProblem: (problem) => console.error(`${name}: ${problem.message}`),
});

answerRequests({
  peakMemory,
  dieAt: (seq: number) => dieAt(seq),
  drain: async (patienceMs: number) => {
    await worker.drain(patienceMs);
    await worker.stop();
    setImmediate(() => process.exit());
  },
});
