import type { AgentMap, ExecutionBackend, Secrets } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";
import type { Drainable } from "./postgres-face.js";

/* What the command line uses of @automatosx/backend-restate. */

export interface RestateFace {
  readonly RestateBackend: {
    open(options: { readonly url: string; readonly adminUrl?: string }): Promise<OpenRestate>;
  };
  serveRestateWorker(options: {
    readonly agents: AgentMap;
    readonly listen: string;
    readonly advertise?: string;
    readonly adminUrl?: string;
    readonly register?: boolean;
    readonly slots: Readonly<Record<string, number>>;
    readonly secrets?: Secrets;
    /** Whether to perform `run` steps and the agents of workflow files. */
    readonly allowFileAgents?: boolean;
  }): Promise<Drainable & { readonly url: string }>;
  /** Appends the runs of the backend, or one of them, to the storage. */
  pullReplica(backend: ExecutionBackend, storage: StoragePort, runId?: string): Promise<unknown>;
}

export interface OpenRestate extends ExecutionBackend {
  /** What the server and its workers are, as plain data. */
  check(): Promise<unknown>;
}
