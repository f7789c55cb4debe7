import { CheckpointManager } from "@automatosx/workflow/observe";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import { announcingSlow } from "./announce-slow.js";
import type { RestateBackend } from "./backend-url.js";
import { type Announcing, RestateControl } from "./RestateControl.js";
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
  const announcing: Announcing = (sent) => announcingSlow(io, remote, "command", sent);
  return {
    control: new RestateControl(client, storage, announcing),
    begin: (workflow, about) => announcing(client.start(workflow, about)),
    send: (runId, command) => announcing(client.send(runId, command)),
    restore: (runId, checkpointId) => {
      const checkpoint = new CheckpointManager(storage).loadCheckpoint(checkpointId);
      return announcing(client.restore(runId, checkpoint));
    },
    async [Symbol.asyncDispose]() {
      storage[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}
