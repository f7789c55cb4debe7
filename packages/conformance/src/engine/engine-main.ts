// A process with one engine, which works on the runs of its database. Its parent has it drain, move
// its clock, and die at a journal entry.
import { systemPorts, WorkflowEngine } from "@automatosx/workflow";
import { answerRequests } from "../harness/answer-requests.ts";
import { notingAgent } from "../harness/noting-agent.ts";
import { dyingStorage } from "./dying-storage.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { MovedClock } from "./MovedClock.ts";
import { openPlace } from "./open-place.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as EngineSettings;
const clock = new MovedClock(systemPorts.clock);
const { storage, dieAt } = dyingStorage(await openPlace(settings.place));
const agent = notingAgent(settings.log, settings.name, clock);
const engine = await WorkflowEngine.open({
  storage,
  agents: Object.fromEntries(settings.agents.map((id) => [id, agent])),
  ports: { clock },
  abandonAfterMs: 5000,
  ...(settings.leaseMs !== undefined && { leaseMs: settings.leaseMs }),
});
const work = engine.work({ slots: settings.slots, pollMs: 200 });

answerRequests({
  jump: (durationMs: number) => clock.move(durationMs),
  restore: async (checkpointId: string) => {
    await engine.resume(checkpointId);
  },
  dieAt: (seq: number) => dieAt(seq),
  drain: async (patienceMs: number) => {
    await work.drain(patienceMs);
    await engine.close();
    setImmediate(() => process.exit());
  },
});
