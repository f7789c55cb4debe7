import type { AgentPort, EngineOptions } from "@automatosx/workflow";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import type { RemoteBackend } from "./backend-url.js";
import { openPostgresEngine } from "./open-remote.js";
import type { RemoteRuns } from "./RunControl.js";

/** Stands for the agents of the workers in an engine that performs no step. */
const OF_WORKERS: AgentPort = {
  description: "an agent of a worker",
  execute: async () => {
    throw new Error("This process performs no steps.");
  },
};

/**
 * Opens the runs of another system, without performing any here. `create` is whether the tables may
 * be created.
 */
export async function openRemote(
  io: CliIo,
  options: DbOptions,
  remote: RemoteBackend,
  { create = false, ...agents }: Pick<EngineOptions, "agents" | "agentFactory" | "create"> = {},
): Promise<RemoteRuns> {
  if (remote.kind === "restate") {
    const { openRestateRuns } = await import("./open-restate-runs.js");
    return openRestateRuns(io, options, remote);
  }
  const opened = await openPostgresEngine(remote, {
    create,
    executes: false,
    agents: { "*": OF_WORKERS },
    agentFactory: () => OF_WORKERS,
    ...agents,
  });
  const { engine } = opened;
  return {
    control: engine,
    begin: (workflow, about) => engine.enqueue(workflow, about),
    send: (runId, command) => engine.send(runId, command),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
