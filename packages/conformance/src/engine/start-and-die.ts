import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PreparedWorkflow, StartOptions } from "@automatosx/workflow";
import type { StoragePlace } from "./engine-settings.ts";

const PROGRAM = fileURLToPath(new URL("./start-main.ts", import.meta.url));

/** Where a Restate server is. */
interface RestatePlace {
  readonly kind: "restate";
  readonly url: string;
  readonly adminUrl: string;
}

/** What the process that starts a run is given. */
export interface StartToSend {
  readonly place: StoragePlace | RestatePlace;
  readonly workflow: Pick<PreparedWorkflow, "source" | "format">;
  readonly options: Pick<StartOptions, "runId">;
}

/** Has a process of its own send a start, and kills it once it was sent. */
export async function startAndDie({ place, workflow, options }: StartToSend): Promise<void> {
  const { source, format } = workflow;
  const given = JSON.stringify({ place, workflow: { source, format }, options });
  const child = fork(PROGRAM, [given], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  await Promise.race([once(child, "message"), exited]);
  child.kill("SIGKILL");
  await exited;
}
