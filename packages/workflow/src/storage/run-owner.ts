/** The engine that may write a run's journal, and the process in which it lives. */
export interface RunOwner {
  /** Unique to one engine. */
  readonly ownerId: string;
  /** The host name, for display. */
  readonly host: string;
  /**
   * The machine on which `pid` identifies a process, as in `thisMachine`. Compare only for
   * equality. Absent in a row of version 0.1.0, which is judged by `host`.
   */
  readonly machine?: string;
  readonly pid: number;
  /**
   * When the process started, in a unit that depends on the operating system. Process ids are
   * reused, so the id alone does not identify a process. Compare only for equality; empty if it
   * cannot be read.
   */
  readonly processStart: string;
}

/**
 * A process group that an agent works in. It is durable before the agent's program gets its task.
 */
export interface AgentProcess {
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly host: string;
  /** As in `RunOwner`. */
  readonly machine?: string;
  /** The id of the group, which is the id of its leader. */
  readonly pid: number;
  /** When the leader started, as in `RunOwner`. */
  readonly processStart: string;
  /** The engine that started it. This and the fields below are absent in rows of version 0.1.0. */
  readonly ownerId?: string;
  /** The value of `AX_ATTEMPT_TOKEN` in the environment of every process of the attempt. */
  readonly token?: string;
  /** The `databaseId` of the storage of the engine that started it. */
  readonly databaseId?: string;
}

/** The outcome of a claim: the epoch to write under, or the owner that has the run. */
export type LeaseResult =
  | {
      readonly held: true;
      readonly leaseEpoch: number;
      /** The owner until now; absent if there was none. */
      readonly previousOwner?: RunOwner;
    }
  | { readonly held: false; readonly owner: RunOwner; readonly leaseUntil: number };

/** A lease as it was when it was last read. A renewal changes `leaseUntil`, a claim both. */
export interface ExpiredLease {
  readonly leaseEpoch: number;
  readonly leaseUntil: number;
}
