import type { AttemptQueue } from "@automatosx/backend-postgres";
import { type AgentPort, type EngineOptions, RUN_STEP_ID } from "@automatosx/workflow";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import { Cleanup } from "../worker/Cleanup.js";
import type { PostgresBackend, RemoteBackend } from "./backend-url.js";
import { loadPostgres } from "./load-package.js";
import { openPostgresEngine } from "./open-remote.js";
import type { RemoteRuns } from "./RunControl.js";

/**
 * Opens the runs of another system, without performing any here. `create` is whether the tables may
 * be created.
 */
export async function openRemote(
  io: CliIo,
  options: DbOptions,
  remote: RemoteBackend,
  { create = false }: Pick<EngineOptions, "create"> = {},
): Promise<RemoteRuns> {
  if (remote.kind === "restate") {
    const { openRestateRuns } = await import("./open-restate-runs.js");
    return openRestateRuns(io, options, remote);
  }
  const cleanup = new Cleanup();
  const agent = agentOfWorkers(remote, cleanup);
  const opened = await openPostgresEngine(remote, {
    create,
    executes: false,
    agents: { "*": agent, [RUN_STEP_ID]: agent },
    agentFactory: () => agent,
  });
  const { engine } = opened;
  return {
    control: engine,
    begin: (workflow, about) => engine.enqueue(workflow, about),
    send: (runId, command) => engine.send(runId, command),
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await cleanup.run();
    },
  };
}

/**
 * Stands for the agents of the workers in an engine that performs no step. It ends the attempts in
 * the queue whose run is ended while no worker decides it; the queue is opened only for that.
 */
function agentOfWorkers({ url }: PostgresBackend, cleanup: Cleanup): AgentPort {
  let queue: Promise<AttemptQueue> | undefined;
  const open = async (): Promise<AttemptQueue> => {
    const { openAttemptQueue } = await loadPostgres();
    const opened = await openAttemptQueue({ url, applicationName: "axw" });
    cleanup.add(() => opened.close());
    return opened;
  };
  return {
    description: "an agent of a worker",
    execute: async () => {
      throw new Error("This process performs no steps.");
    },
    async reclaim(key, groups, tokens) {
      queue ??= open();
      await (await queue).agentFor("*").reclaim?.(key, groups, tokens);
    },
  };
}
