import { agentFromDefinition } from "@automatosx/agents";
import type { AttemptQueue } from "@automatosx/backend-postgres";
import { type AgentMap, RUN_STEP_ID, runStepAgent } from "@automatosx/workflow";
import type { PostgresBackend } from "../backend/backend-url.js";
import { loadPostgres } from "../backend/load-package.js";
import { openPostgresEngine } from "../backend/open-remote.js";
import type { CliIo } from "../io.js";
import { noticeCommand } from "../notify/notice-command.js";
import { SECRET_PREFIX } from "../take-secrets.js";
import { version } from "../version.js";
import { Cleanup } from "./Cleanup.js";
import { workerOf } from "./file-worker.js";
import type { Worker } from "./Worker.js";
import type { WorkerLog } from "./WorkerLog.js";
import type { WorkerAgents } from "./worker-agents.js";
import { limitsOf, type WorkerOptions } from "./worker-options.js";

interface Parts {
  readonly found: WorkerAgents;
  readonly slots: Readonly<Record<string, number>>;
  readonly log: WorkerLog;
}

/** How many programs of workflow files a worker runs at once. */
const PROGRAM_SLOTS = 4;

/**
 * Decides the runs in a PostgreSQL database, whose attempts go to a queue, and performs the
 * attempts for whose agents it has slots.
 */
export async function startPostgresWorker(
  io: CliIo,
  options: WorkerOptions,
  remote: PostgresBackend,
  { found, slots: agentSlots, log }: Parts,
): Promise<Worker> {
  const { openAttemptQueue, openPostgresStorage, registerWorker } = await loadPostgres();
  const { url } = remote;
  const secrets = (name: string): string | undefined => io.env[SECRET_PREFIX + name];
  const served = servedAgents(found.agents, options);
  const slots = {
    ...agentSlots,
    ...(options.allowFileAgents === true && { [RUN_STEP_ID]: PROGRAM_SLOTS }),
  };
  const maxConcurrent = limitsOf(options);
  const cleanup = new Cleanup();
  try {
    // Makes the tables, so that a worker can be the first process that uses the database.
    (await openPostgresStorage({ url, create: true })).close();
    const queue = await openAttemptQueue({ url, applicationName: "axw worker" });
    cleanup.add(() => queue.close());
    const performer =
      Object.keys(slots).length === 0
        ? undefined
        : await queue.serve({ agents: log.reporting(served), slots, maxConcurrent, secrets });
    if (performer !== undefined) cleanup.add(() => performer.stop());
    const decider =
      options.runs === 0
        ? undefined
        : await startDecider(io, options, remote, { queue, found, log });
    if (decider !== undefined) cleanup.add(async () => decider[Symbol.asyncDispose]());
    const registration = await registerWorker(url, {
      version: version(),
      agents: slots,
      runs: options.runs,
    });
    cleanup.add(() => registration.close());
    return {
      slots,
      runs: options.runs,
      workerId: registration.workerId,
      async drain(ms) {
        const isDecided = decider?.drain(ms);
        await performer?.drain(ms);
        // What is still in flight, other workers perform, and the next decider joins it. Only the
        // agents of workflow files are in this process.
        if (options.allowFileAgents !== true) await decider?.drain(0);
        await isDecided;
      },
      async stop() {
        await Promise.all([decider?.stop(), performer?.stop()]);
      },
      [Symbol.asyncDispose]: () => cleanup.run(),
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function servedAgents(agents: AgentMap, { allowFileAgents = false }: WorkerOptions): AgentMap {
  return allowFileAgents ? { ...agents, [RUN_STEP_ID]: runStepAgent } : agents;
}

interface DeciderParts {
  readonly queue: AttemptQueue;
  readonly found: WorkerAgents;
  readonly log: WorkerLog;
}

/** The engine of the worker. It performs no attempt itself, but for agents of workflow files. */
async function startDecider(
  io: CliIo,
  options: WorkerOptions,
  remote: PostgresBackend,
  { queue, found, log }: DeciderParts,
): Promise<Worker> {
  const ids = ["*", RUN_STEP_ID, ...Object.keys(found.agents)];
  const opened = await openPostgresEngine(remote, {
    create: true,
    agents: Object.fromEntries(ids.map((id) => [id, queue.agentFor(id)])),
    ...(options.allowFileAgents === true && {
      agentFactory: (definition, agentId, { workflow }) =>
        agentFromDefinition(definition, agentId, { baseFolder: io.cwd, workflow }),
    }),
    notify: { receivers: found.receivers, commandFor: noticeCommand(io, options) },
  });
  return workerOf(opened.engine, options, log, async () => opened[Symbol.asyncDispose]());
}
