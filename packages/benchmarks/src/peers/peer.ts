/** The operations of every compared engine, including ours. */
export interface Peer {
  /** Runs steps one after another and stores each step's result. */
  chain(length: number): Promise<void>;
  /**
   * Runs the same number of steps as a loop over one node, for an engine where that differs from a
   * chain.
   */
  loop?(length: number): Promise<void>;
  /** Runs one step, then `width` parallel steps, then one step that waits for all of them. */
  fan(width: number): Promise<void>;
  /** Runs `count` chains, with `atOnce` of them in progress at a time. */
  runs(count: number, length: number, atOnce: number): Promise<void>;
  /** Resumes a chain whose process was killed. */
  resumeChain(length: number): Promise<void>;
  /**
   * SQLite's `synchronous` level as reported by the connection: 1 is NORMAL, 2 is FULL. Absent for
   * our engine, which checks its own level.
   */
  readonly synchronous?: number;
  close(): Promise<void>;
}

/**
 * `full`: a step's result survives a power cut before the next step starts. `process`: it survives
 * the process. `default`: the engine's own setting.
 */
export type PeerDurability = "default" | "full" | "process";

export interface PeerOptions {
  readonly file: string;
  readonly durability: PeerDurability;
  /** The work of a step. Returns the step's result. */
  readonly work: () => string | Promise<string>;
}

export type OpenPeer = (options: PeerOptions) => Promise<Peer>;
