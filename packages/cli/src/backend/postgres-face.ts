import type { AgentMap, AgentPort, Secrets } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";

/* What the command line uses of @automatosx/backend-postgres. */

export interface PostgresFace {
  openPostgresStorage(options: {
    readonly url: string;
    readonly readOnly?: boolean;
    readonly create?: boolean;
    /** How long a synchronous call may wait for the server, in ms. */
    readonly waitMs?: number;
    readonly applicationName?: string;
  }): Promise<StoragePort>;
  openAttemptQueue(options: {
    readonly url: string;
    readonly applicationName?: string;
  }): Promise<AttemptQueue>;
  registerWorker(url: string, worker: NewWorker): Promise<WorkerRegistration>;
  listWorkers(url: string): Promise<readonly WorkerInfo[]>;
}

export interface AttemptQueue {
  agentFor(agentId: string): AgentPort;
  serve(options: {
    readonly agents: AgentMap;
    readonly slots: Readonly<Record<string, number>>;
    readonly secrets?: Secrets;
  }): Promise<Drainable>;
  close(): Promise<void>;
}

/** Something that takes work until it is drained. */
export interface Drainable {
  /** Takes nothing more, and waits at most this long for what is in progress. */
  drain(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export interface NewWorker {
  readonly version: string;
  /** How many attempts the worker performs at once, by agent id. */
  readonly agents: Readonly<Record<string, number>>;
  /** How many runs it decides at once. */
  readonly runs: number;
}

export interface WorkerRegistration {
  readonly workerId: string;
  close(): Promise<void>;
}

/** A worker that is alive. */
export interface WorkerInfo extends NewWorker {
  readonly workerId: string;
  readonly host: string;
  readonly pid: number;
  /** When it last said that it is alive, in ms since the epoch. */
  readonly seenAt: number;
}
