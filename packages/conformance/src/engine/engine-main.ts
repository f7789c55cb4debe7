// A process with one engine, which works on the runs of its database. Its parent has it drain, move
// its clock, and die at a journal entry.
import { systemPorts, WorkflowEngine } from "@automatosx/workflow";
import { answerRequests } from "../harness/answer-requests.ts";
import { notingAgent } from "../harness/noting-agent.ts";
import { peakMemory } from "../harness/peak-memory.ts";
import { ENGINE_FAULTS } from "../planted/engine-faults.ts";
import { dyingStorage } from "./dying-storage.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { MovedClock } from "./MovedClock.ts";
import { openPlace } from "./open-place.ts";
import { queuedAgents } from "./queued-agents.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as EngineSettings;
const moved = new MovedClock(systemPorts.clock);
const sound = {
  storage: await openPlace(settings.place, { clock: moved }),
  agent: notingAgent(settings.log, settings.name, moved),
  clock: moved,
  agentLimit: settings.agentLimit,
};
const { fault, agentLimit } = settings;
const parts = fault === undefined ? sound : ENGINE_FAULTS[fault](sound);
const { storage: opened, agent, clock } = parts;
const { storage, dieAt } = dyingStorage(opened);
const queued =
  // Without a queue nothing holds the limit over several processes.
  agentLimit === undefined || settings.place.kind !== "postgres"
    ? undefined
    : await queuedAgents(settings, agent, parts.agentLimit);
const engine = await WorkflowEngine.open({
  storage,
  agents: queued?.agents ?? Object.fromEntries(settings.agents.map((id) => [id, agent])),
  ports: { clock },
  abandonAfterMs: 5000,
  leaseMs: settings.leaseMs,
});
const work = engine.work({ slots: settings.slots, pollMs: 200 });

answerRequests({
  peakMemory,
  jump: (durationMs: number) => moved.move(durationMs),
  restore: async (checkpointId: string) => {
    await engine.resume(checkpointId);
  },
  dieAt: (seq: number) => dieAt(seq),
  drain: async (patienceMs: number) => {
    await work.drain(patienceMs);
    await engine.close();
    await queued?.queue.close();
    setImmediate(() => process.exit());
  },
});
