import { CheckpointManager } from "@automatosx/workflow/observe";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import type { RestateBackend } from "./backend-url.js";
import { RestateControl } from "./RestateControl.js";
import type { RemoteRuns } from "./RunControl.js";
import { openReplica, openRestate } from "./restate-replica.js";

/** Opens the runs of a Restate server, with their copies on this machine. */
export async function openRestateRuns(
  io: CliIo,
  options: DbOptions,
  remote: RestateBackend,
): Promise<RemoteRuns> {
  const storage = await openReplica(io, options, remote);
  const client = await openRestate(io, remote);
  return {
    control: new RestateControl(client, storage),
    begin: (workflow, about) => client.start(workflow, about),
    send: (runId, command) => client.send(runId, command),
    restore: async (runId, checkpointId) =>
      client.restore(runId, new CheckpointManager(storage).loadCheckpoint(checkpointId)),
    async [Symbol.asyncDispose]() {
      storage[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}
