import { agentFromDefinition } from "@automatosx/agents";
import type { WorkflowEngine } from "@automatosx/workflow";
import type { CliIo } from "../io.js";
import { noticeCommand } from "../notify/notice-command.js";
import { openEngine } from "../open-engine.js";
import { SECRET_PREFIX } from "../take-secrets.js";
import type { Worker } from "./Worker.js";
import type { WorkerLog } from "./WorkerLog.js";
import type { WorkerAgents } from "./worker-agents.js";
import type { WorkerOptions } from "./worker-options.js";

interface Parts {
  readonly found: WorkerAgents;
  readonly log: WorkerLog;
}

/**
 * Performs the runs in a database file, with the agents of this process. Everyone who can write to
 * the file could run programs anyway, so those of workflow files are run.
 */
export async function startFileWorker(
  io: CliIo,
  options: WorkerOptions,
  { found, log }: Parts,
): Promise<Worker> {
  const { agents, receivers } = found;
  const opened = await openEngine(io, options, {
    create: true,
    agents: log.reporting(agents),
    agentFactory: (definition, agentId, { workflow }) =>
      agentFromDefinition(definition, agentId, { baseFolder: io.cwd, workflow }),
    secrets: (name) => io.env[SECRET_PREFIX + name],
    notify: { receivers, commandFor: noticeCommand(io, options) },
  });
  return workerOf(opened.engine, options, log, async () => opened[Symbol.asyncDispose]());
}

/** The worker that an engine is, whose attempts are performed in this process or by a queue. */
export function workerOf(
  engine: WorkflowEngine,
  { runs }: Pick<WorkerOptions, "runs">,
  log: WorkerLog,
  close: () => Promise<void>,
): Worker {
  const work = engine.work({
    slots: runs,
    onRun: (run, what, status) => log.run(run, what, status),
    onProblem: (problem) => log.problem(problem),
  });
  return {
    slots: {},
    runs,
    async drain(ms) {
      await work.drain(ms);
    },
    stop: () => engine.close(),
    [Symbol.asyncDispose]: close,
  };
}
