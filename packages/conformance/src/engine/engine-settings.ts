import type { EngineFault } from "../planted/engine-faults.ts";

/** The storage of the engines of one case. */
export type StoragePlace =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

/** What a process with an engine is started with. */
export interface EngineSettings {
  /** The name of the process in the notes of its agents. */
  readonly name: string;
  readonly place: StoragePlace;
  /** The file in which its agents note what they do. */
  readonly log: string;
  /** How many runs it works on at once. */
  readonly slots: number;
  /** The ids of its agents; `*` for all. */
  readonly agents: readonly string[];
  /** How long a lease is, in ms. */
  readonly leaseMs: number;
  /**
   * The largest number of attempts of the agent `worker` at once, in all processes. The attempts
   * then go to the queue of the database, from which the processes take them.
   */
  readonly agentLimit?: number;
  /** A fault that is planted in it. */
  readonly fault?: EngineFault;
}
