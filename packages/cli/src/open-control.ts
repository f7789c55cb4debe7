import type { EngineOptions } from "@automatosx/workflow";
import { remoteBackend } from "./backend/chosen-backend.js";
import type { RunControl } from "./backend/RunControl.js";
import type { DbOptions } from "./database.js";
import type { CliIo } from "./io.js";
import { openEngine } from "./open-engine.js";

/** A control of the runs, and what must be closed after it. */
export interface OpenedControl extends AsyncDisposable {
  readonly control: RunControl;
}

/** Opens a control of the runs of this invocation. It starts nothing in this process. */
export async function openControl(
  io: CliIo,
  options: DbOptions,
  agents: Pick<EngineOptions, "agents" | "agentFactory"> = {},
): Promise<OpenedControl> {
  const remote = remoteBackend(io, options);
  if (remote !== undefined) {
    const { openRemote } = await import("./backend/open-remote-runs.js");
    return openRemote(io, options, remote);
  }
  const opened = await openEngine(io, options, agents);
  return { control: opened.engine, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}
